/** Owns sizes as people write them: `2 GB`, `500MB`, `1.5 TB`; decimal units as `formatBytes` has them. */

import { formatBytes } from '../format/bytes';

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  p: 1e15
};
const SIZE = /^(\d+(?:[.,]\d+)?)\s*([kmgtp]?)b?$/i;

/** Bytes; null when it is no size. A bare number is in `unit`. */
export function parseSize(text: string, unit: 'b' | 'g' = 'b'): number | null {
  const match = SIZE.exec(text.trim());
  if (!match) {
    return null;
  }
  const [, number, prefix] = match;
  const bare = /\d\s*$/.test(text) && unit === 'g' ? 'g' : '';
  const bytes = Math.round(
    Number(number.replace(',', '.')) * FACTORS[prefix.toLowerCase() || bare]
  );
  return Number.isSafeInteger(bytes) ? bytes : null;
}

const READABLE = 8;

/** As `writeSize`, but a size of many digits is rounded: for a field that shows what holds. */
export function readableSize(bytes: number): string {
  const exact = writeSize(bytes);
  return exact.length <= READABLE ? exact : formatBytes(bytes);
}

/** The shortest text that `parseSize` reads as so many bytes. */
export function writeSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  for (let unit = units.length - 1; unit > 0; unit--) {
    const value = bytes / 1000 ** unit;
    const text = String(Number(value.toFixed(3)));
    if (value >= 1 && Number(text) * 1000 ** unit === bytes) {
      return `${text} ${units[unit]}`;
    }
  }
  return `${bytes} B`;
}
