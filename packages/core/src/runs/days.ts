/**
 * Owns grouping a list of runs by the day they were recorded. Runs are in the order in which they
 * were recorded, so a day's end is found by bisection: 100,000 runs cost as little as 100.
 */
import { dayKey, startOfDay, type Zone } from '../format/times';
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
    const to = endOfDay(list, from, startOfDay(recorded, zone));
    groups.push({ key, recorded, from, to });
    from = to;
  }
  return groups;
}

// First position after `from` that was recorded before `start`. Dates are compared as numbers:
// asking for the calendar day of each would cost a hundred times as much.
function endOfDay(list: RunList, from: number, start: number): number {
  const same = (i: number): boolean =>
    i < list.count && Date.parse(list.recordedAt(i)) >= start;
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
