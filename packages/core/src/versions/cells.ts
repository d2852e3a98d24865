/** Owns how a value of a data file reads in a cell of a table: one line, bounded, exact. */

const LONGEST = 200;
const MEMBERS = 20;
const DEPTH = 4;
const BYTES = 16;

/** Null for what is no value. Integers keep all their digits. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) {
    return null;
  }
  const text = typeof value === 'string' ? value : plain(value, DEPTH);
  const line = text.replace(/\s*\n\s*/g, ' \u23ce ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}\u2026` : line;
}

/** Whether a value is a number: those stand on the right. */
export const isNumeric = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'bigint';

function plain(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : objectText(value, depth);
    case 'undefined':
      return 'null';
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    default:
      return String(value);
  }
}

function objectText(value: object, depth: number): string {
  if (value instanceof Date) {
    return dateText(value);
  }
  if (ArrayBuffer.isView(value)) {
    return isBytes(value)
      ? bytesText(value)
      : listText(Array.from(value as Float64Array), depth);
  }
  if (Array.isArray(value)) {
    return listText(value, depth);
  }
  if (depth === 0) {
    return '{\u2026}';
  }
  const entries = Object.entries(value);
  const texts = entries
    .slice(0, MEMBERS)
    .map(([key, member]) => `${key}: ${plain(member, depth - 1)}`);
  return `{${withRest(texts, entries.length).join(', ')}}`;
}

function listText(values: readonly unknown[], depth: number): string {
  if (depth === 0) {
    return '[\u2026]';
  }
  const texts = values
    .slice(0, MEMBERS)
    .map(member => plain(member ?? null, depth - 1));
  return `[${withRest(texts, values.length).join(', ')}]`;
}

const withRest = (texts: string[], count: number): string[] =>
  count > texts.length ? [...texts, `\u2026 ${count}`] : texts;

const isBytes = (value: ArrayBufferView): value is Uint8Array =>
  value instanceof Uint8Array;

function bytesText(bytes: Uint8Array): string {
  const hex = [...bytes.subarray(0, BYTES)]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('');
  return bytes.length > BYTES
    ? `0x${hex}\u2026 (${bytes.length} B)`
    : `0x${hex}`;
}

// Midnight is how a date without a time is kept.
function dateText(date: Date): string {
  if (Number.isNaN(date.getTime())) {
    return 'NaT';
  }
  return date.toISOString().replace('T00:00:00.000Z', '').replace('T', ' ');
}

/** A moment of a data file with all its digits: `count` of `perSecond` since 1970, in UTC. */
export function timestampText(count: bigint, perSecond: bigint): string {
  const seconds = count / perSecond - (count % perSecond < 0n ? 1n : 0n);
  const rest = count - seconds * perSecond;
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) {
    return String(count);
  }
  const digits = String(perSecond).length - 1;
  const fraction = String(rest).padStart(digits, '0').replace(/0+$/, '');
  const whole = date.toISOString().slice(0, -5).replace('T', ' ');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
