/**
 * Owns how numbers read. One precision per column: four digits that say something, the real minus
 * sign, thousands separated by a comma. A value shown alone is the user's own text where that is short.
 */
import type { Value } from '../protocol';

const MINUS = '\u2212';
const DIGITS = 4;
const MAX_DECIMALS = 8;
/** A text this long is shown as the user wrote it. */
const SHORT_TEXT = 8;

/** Decimals that a number of this size needs; -1 when only the exponential form is short. */
export function decimalsOf(value: number): number {
  const bearable = bearableDecimals(value);
  return bearable < 0 ? bearable : Math.min(bearable, written(value));
}

/** The precision of a column: as much as any of `values` needs, but not more than the largest bears. */
export function columnDecimals(values: readonly number[]): number {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) {
    return 0;
  }
  const largest = known.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
  const bearable = bearableDecimals(largest);
  if (bearable < 0) {
    return -1;
  }
  return Math.min(bearable, Math.max(...known.map(written)));
}

/** For instance `0.9908`, `1,284`, `−3.1e-9`; `decimals` of -1 is the exponential form. */
export function formatNumber(
  value: number,
  decimals = decimalsOf(value)
): string {
  if (Number.isNaN(value)) {
    return 'NaN';
  }
  const sign = value < 0 ? MINUS : '';
  return sign + formatSize(Math.abs(value), decimals);
}

/** With its sign, and never `+0.0000` for what is no zero. */
export function formatDelta(delta: number, decimals: number): string {
  const sign = delta < 0 ? MINUS : '+';
  const size = Math.abs(delta);
  let enough = decimals;
  while (
    enough >= 0 &&
    enough <= MAX_DECIMALS &&
    Number(size.toFixed(enough)) === 0
  ) {
    enough += 1;
  }
  return sign + formatSize(size, enough > MAX_DECIMALS ? -1 : enough);
}

/** A parameter or metric shown alone: `1e-4` as the user wrote it, long numbers rounded. */
export function formatValue({ kind, number, text }: Value): string {
  if (typeof number !== 'number' || text.length <= SHORT_TEXT) {
    return text.replace(/^-(?=[\d.])/, MINUS);
  }
  return kind === 'int' ? formatNumber(number, 0) : formatNumber(number);
}

/** A whole number with its thousands separated. */
export function formatCount(count: number): string {
  return formatSize(count, 0);
}

function formatSize(size: number, decimals: number): string {
  if (size === Infinity) {
    return '\u221e';
  }
  if (decimals < 0) {
    return size
      .toExponential(DIGITS - 2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  }
  const [whole, fraction] = size.toFixed(decimals).split('.');
  const grouped = whole.includes('e')
    ? whole
    : whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction ? `${grouped}.${fraction}` : grouped;
}

// Four digits, counted from the point for what is about one and from the first digit below that.
function bearableDecimals(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(size)) {
    return DIGITS;
  }
  if (size >= 1e12 || size < 1e-6) {
    return -1;
  }
  const before = Math.floor(Math.log10(size)) + 1;
  const wanted = size >= 1e-3 ? DIGITS - Math.max(before, 0) : DIGITS - before;
  return Math.min(Math.max(wanted, 0), MAX_DECIMALS);
}

// How many decimals the shortest form of the number has.
function written(value: number): number {
  const [mantissa, exponent = '0'] = String(value).split('e');
  const fraction = mantissa.split('.')[1] ?? '';
  return Math.max(0, fraction.length - Number(exponent));
}
