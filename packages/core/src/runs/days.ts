/**
 * Owns grouping a list of runs by the day they were recorded. Runs are in the order in which they
 * were recorded, so a day's end is found by bisection: 100,000 runs cost as little as 100.
 */
import { dayKey, startOfDay, type Zone } from '../format/times';

/** Anything in the order of recording, newest first. */
interface Recorded {
  readonly count: number;
  recordedAt(position: number): string;
}

/** Runs at positions from ≤ i < to; `recorded` is the time of the first. */
export interface DayGroup {
  readonly key: string;
  readonly recorded: string;
  readonly from: number;
  readonly to: number;
}

/** Days asked for before, by the time of a run: calendars are slow, and old days stay the same. */
export type KnownDays = Map<string, { key: string; start: number }>;

/** `known` is of one zone, and grows. */
export function groupByDay(
  list: Recorded,
  zone?: Zone,
  known: KnownDays = new Map()
): DayGroup[] {
  const groups: DayGroup[] = [];
  for (let from = 0; from < list.count;) {
    const recorded = list.recordedAt(from);
    const { key, start } = known.get(recorded) ?? {
      key: dayKey(recorded, zone),
      start: startOfDay(recorded, zone)
    };
    known.set(recorded, { key, start });
    const to = endOfDay(list, from, start);
    groups.push({ key, recorded, from, to });
    from = to;
  }
  return groups;
}

// First position after `from` that was recorded before `start`. Dates are compared as numbers:
// asking for the calendar day of each would cost a hundred times as much.
function endOfDay(list: Recorded, from: number, start: number): number {
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
