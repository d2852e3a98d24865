/** Owns saying whether a number is better than another one, by the metric's direction. */
import { decimalsOf, formatDelta } from '../format/numbers';
import type { Direction } from './direction';

/** `text` is the difference with its sign; the sign is the number's, the kind says what it means. */
export type Comparison =
  | { readonly kind: 'best' }
  | { readonly kind: 'better' | 'worse' | 'different'; readonly text: string }
  | { readonly kind: 'same' }
  | { readonly kind: 'none' };

/**
 * `value` beside `reference`, null where there is nothing to compare with. `decimals` is the
 * column's precision.
 */
export function compare(
  value: number | null,
  reference: number | null,
  direction: Direction,
  decimals?: number
): Comparison {
  if (value === null || reference === null) {
    return { kind: 'none' };
  }
  const delta = value - reference;
  if (delta === 0) {
    return { kind: 'same' };
  }
  const text = formatDelta(
    delta,
    decimals ?? Math.max(decimalsOf(value), decimalsOf(reference))
  );
  if (direction === 'unknown') {
    return { kind: 'different', text };
  }
  return {
    kind: delta > 0 === (direction === 'max') ? 'better' : 'worse',
    text
  };
}
