/** Owns the point of a line that a direction calls best; of equals the first. */
import type { Direction } from '../metrics/direction';
import type { Line } from './points';

export interface BestPoint {
  readonly x: number;
  readonly y: number;
}

/** Null without a value, or where the direction is unknown. */
export function bestPoint(line: Line, direction: Direction): BestPoint | null {
  if (direction === 'unknown') {
    return null;
  }
  const sign = direction === 'min' ? -1 : 1;
  let best: BestPoint | null = null;
  line.y.forEach((y, i) => {
    if (y !== null && (best === null || sign * y > sign * best.y)) {
      best = { x: line.x[i], y };
    }
  });
  return best;
}
