/**
 * Owns which run a run is measured against. Only published runs count; numbers that are NaN or
 * infinite never win; of equals the first stays the best.
 */
import type { RunSummary, Value } from '../protocol';
import type { RunList } from '../runs/list';
import type { Candidate } from '../runs/page';
import { finite } from '../runs/values';
import { compare, type Comparison } from './compare';
import type { Direction } from './direction';

/** The best run of all; null without one, or where the direction is unknown. */
export function bestSoFar(
  list: RunList,
  metric: string,
  direction: Direction
): Candidate | null {
  return list.best(metric, direction);
}

/** The best of the runs recorded before `run`. */
export function previousBest(
  list: RunList,
  metric: string,
  direction: Direction,
  run: { readonly seq: number }
): RunSummary | null {
  const found = list.best(metric, direction, run.seq);
  return found && list.bySeq(found.seq);
}

/** The metric of a run; null when it has none of that name. */
export function metricOf(
  run: { readonly metrics: readonly Value[] },
  metric: string
): Value | null {
  return run.metrics.find(({ key }) => key === metric) ?? null;
}

/** The run's number beside the best of all: how a row of the list reads. */
export function compareToBest(
  run: { readonly seq: number; readonly metrics: readonly Value[] },
  metric: string,
  direction: Direction,
  best: Candidate | null,
  decimals?: number
): Comparison {
  const value = metricOf(run, metric);
  if (!value || !best) {
    return { kind: 'none' };
  }
  return best.seq === run.seq
    ? { kind: 'best' }
    : compare(finite(value), best.value, direction, decimals);
}
