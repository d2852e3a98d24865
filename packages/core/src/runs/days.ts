/**
 * Owns grouping a list of runs by the day they were recorded. Runs are in the order in which they
 * were recorded, so a day's end is found by bisection: 100,000 runs cost as little as 100.
 */
import { dayKey, type Zone } from '../format/times';
import type { RunList } from './list';

/** Runs at positions from ≤ i < to; `recorded` is the time of the first. */
export interface DayGroup {
  readonly key: string;
  readonly recorded: string;
  readonly from: number;
  readonly to: number;
}

export function groupByDay(list: RunList, zone?: Zone): DayGroup[] {
  const groups: DayGroup[] = [];
  for (let from = 0; from < list.count;) {
    const recorded = list.recordedAt(from);
    const key = dayKey(recorded, zone);
    const to = endOfDay(list, from, key, zone);
    groups.push({ key, recorded, from, to });
    from = to;
  }
  return groups;
}

// First position after `from` that lies in another day.
function endOfDay(
  list: RunList,
  from: number,
  key: string,
  zone: Zone
): number {
  const same = (i: number): boolean =>
    i < list.count && dayKey(list.recordedAt(i), zone) === key;
  let step = 1;
  while (same(from + step)) {
    step *= 2;
  }
  let inside = from + Math.floor(step / 2);
  let outside = Math.min(from + step, list.count);
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (same(middle)) {
      inside = middle;
    } else {
      outside = middle;
    }
  }
  return outside;
}
