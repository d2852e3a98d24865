/**
 * Owns reading a series of protocol/series.schema.json as a line: numbers, with null where there is
 * a gap (NaN, infinite, nothing), in rising order of x.
 */
import type { Series } from '../protocol';

/** x rises strictly; of points at one x the last told holds. */
export interface Line {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export type Axis = 'step' | 'time';

export function lineOf(series: Series, axis: Axis): Line {
  const at = axis === 'step' ? series.steps : series.seconds;
  const order = at.map((_, i) => i).filter(i => Number.isFinite(at[i]));
  if (!rises(at)) {
    order.sort((a, b) => at[a] - at[b] || a - b);
  }
  const last = order.filter((i, n) => at[order[n + 1]] !== at[i]);
  return {
    x: last.map(i => at[i]),
    y: last.map(i => finiteOrNull(series.values[i]))
  };
}

/**
 * Lines over one x axis. A line that has no point at some x has `undefined` there, which is drawn
 * over; null is a gap.
 */
export function aligned(
  lines: readonly Line[]
): [x: number[], ...y: (number | null | undefined)[][]] {
  const x = [...new Set(lines.flatMap(line => line.x))].sort((a, b) => a - b);
  const place = new Map(x.map((at, i) => [at, i]));
  const columns = lines.map(line => {
    const column = new Array<number | null | undefined>(x.length).fill(
      undefined
    );
    line.x.forEach((at, i) => {
      column[place.get(at) ?? 0] = line.y[i];
    });
    return column;
  });
  return [x, ...columns];
}

const rises = (x: readonly number[]): boolean =>
  x.every((at, i) => i === 0 || at > x[i - 1]);

const finiteOrNull = (value: number | string | null): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
