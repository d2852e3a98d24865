/** Owns which metrics there are to choose from, and which one a list shows when nobody chose. */
import type { RunSummary } from '../protocol';
import type { RunList } from '../runs/list';
import { finite } from '../runs/values';
import { directionOf, isCost, words, type Directions } from './direction';

/** How many of the newest runs say what is usual. */
const RECENT = 200;

/** Metric names, the most usual first; those that only old runs have come last. */
export function metricsToChoose(list: RunList): string[] {
  const counts = countMetrics(list.slice(0, RECENT));
  const frequent = [...counts.keys()].sort(byCount(counts));
  const old = list.metricKeys().filter(key => !counts.has(key));
  return [...frequent, ...old.sort()];
}

/**
 * The metric that a list shows: `chosen` when any run has it, else the most frequent one among
 * recent runs, well-known names before others and costs like seconds last. Null without metrics.
 */
export function listMetric(
  list: RunList,
  chosen: string | null,
  said: Directions = {}
): string | null {
  if (chosen && list.metricKeys().includes(chosen)) {
    return chosen;
  }
  const counts = countMetrics(list.slice(0, RECENT));
  const most = Math.max(0, ...counts.values());
  const usual = [...counts.keys()].filter(
    key => (counts.get(key) ?? 0) * 2 >= most
  );
  const rank = (key: string): number => rankOf(key, said);
  usual.sort((a, b) => rank(a) - rank(b) || byCount(counts)(a, b));
  return usual[0] ?? null;
}

/** Metrics in the order in which they are read: `first`, what says how good, then what it cost. */
export function inReadingOrder<T extends { readonly key: string }>(
  metrics: readonly T[],
  first: string | null,
  said: Directions = {}
): T[] {
  const place = ({ key }: T): number =>
    key === first
      ? 0
      : isCost(key)
        ? 3
        : directionOf(key, said) === 'unknown'
          ? 2
          : 1;
  return [...metrics].sort((a, b) => place(a) - place(b));
}

// Rarely does a training score decide: validation first, test next.
const SPLITS = [
  ['val', 'valid', 'validation', 'dev', 'cv'],
  ['test', 'eval']
];

function rankOf(metric: string, said: Directions): number {
  if (isCost(metric)) {
    return 100;
  }
  const direction = directionOf(metric, said);
  if (direction === 'unknown') {
    return 50;
  }
  const name = words(metric);
  const split = SPLITS.findIndex(known => known.some(s => name.includes(s)));
  const place = name.includes('train') ? 3 : split < 0 ? 2 : split;
  return place * 2 + (direction === 'min' ? 1 : 0);
}

function byCount(
  counts: ReadonlyMap<string, number>
): (a: string, b: string) => number {
  return (a, b) =>
    (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : 1);
}

function countMetrics(runs: readonly RunSummary[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { metrics } of runs) {
    for (const value of metrics) {
      if (finite(value) !== null) {
        counts.set(value.key, (counts.get(value.key) ?? 0) + 1);
      }
    }
  }
  return counts;
}
