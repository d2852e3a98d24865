/** Owns joining what a card carries with what the workspace knows of the same run. */
import {
  formatNumber,
  formatValue,
  metricOf,
  type RunList,
  type RunSummary,
  type Value
} from '@dotscience/core';

import type { CardRun, CardValue } from './props';

export interface KnownRun {
  readonly card: CardRun;
  /** Null until the workspace has recorded it, and where no workspace is at hand. */
  readonly summary: RunSummary | null;
}

export function known(card: CardRun, list: RunList): KnownRun {
  return { card, summary: list.get(card.id) };
}

/** The number as the workspace knows it; null while it does not. */
export function valueOf(run: KnownRun, key: string): Value | null {
  return run.summary && metricOf(run.summary, key);
}

// For eyes only: nothing is computed with it.
const LONG_DECIMAL = /^[+-]?\d+\.\d{5,}$/;

/** How a metric of a card reads. */
export function metricText(run: KnownRun, [key, text]: CardValue): string {
  const value = valueOf(run, key);
  if (value) {
    return formatValue(value);
  }
  return LONG_DECIMAL.test(text) ? formatNumber(Number(text)) : text;
}

/** Keys of the metrics of several runs, those that most of them have first. */
export function metricKeys(runs: readonly CardRun[]): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of runs) {
    metrics.forEach(([key]) => counts.set(key, (counts.get(key) ?? 0) + 1));
  }
  return [...counts.keys()].sort(
    (a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0)
  );
}

/** How many of the newest runs are looked through for members of a group. */
const RECENT = 4_096;

/** The group that all these runs are of; null where they are of none, or of several. */
export function groupOf(runs: readonly KnownRun[]): string | null {
  const group = runs[0]?.summary?.group ?? null;
  return runs.every(({ summary }) => summary?.group === group) ? group : null;
}

/** The card's runs and those of their group that it left out, in the order they were recorded. */
export function withGroup(
  runs: readonly KnownRun[],
  total: number,
  list: RunList
): readonly KnownRun[] {
  const group = groupOf(runs);
  if (group === null || total <= runs.length) {
    return runs;
  }
  const listed = new Map(runs.map(run => [run.card.id, run]));
  return list
    .slice(0, RECENT)
    .filter(run => run.group === group)
    .map(summary => listed.get(summary.id) ?? asKnown(summary))
    .reverse();
}

function asKnown(summary: RunSummary): KnownRun {
  const pairs = (values: readonly Value[]): CardValue[] =>
    values.map(({ key, text }) => [key, text] as const);
  const { id, description, error, started, ended } = summary;
  return {
    summary,
    card: {
      id,
      description,
      error,
      started,
      ended,
      parameters: pairs(summary.parameters),
      metrics: pairs(summary.metrics),
      labels: [],
      inputs: [],
      outputs: []
    }
  };
}
