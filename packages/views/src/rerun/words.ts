/** Owns the words of repetitions: whether the same came out, and why not. */
import type {
  Rerun,
  RerunDifference,
  Verdict,
  VerdictCause
} from '@dotscience/core';

import type { Trans } from '../host/trans';

type Word = Verdict['verdict'];

export function verdictWord(verdict: Word, trans: Trans): string {
  switch (verdict) {
    case 'same':
      return trans.__('Same');
    case 'differs':
      return trans.__('Differs');
    case 'unknown':
      return trans.__('Not known');
  }
}

/** The verdict as the rest of a sentence that says what was repeated. */
export function verdictText(
  { verdict, metrics }: Pick<Verdict, 'verdict' | 'metrics'>,
  trans: Trans
): string {
  switch (verdict) {
    case 'same':
      return sameText(metrics, trans);
    case 'differs': {
      const names = metrics.filter(({ same }) => !same).map(({ key }) => key);
      return names.length === 0
        ? trans.__('it did not end as before')
        : trans._n(
            '%3 differs',
            '%2 metrics differ: %3',
            names.length,
            names.length,
            names.join(', ')
          );
    }
    case 'unknown':
      return metrics.length === 0
        ? trans.__('no metric to compare')
        : trans.__('not known whether the same came out');
  }
}

function sameText(metrics: Verdict['metrics'], trans: Trans): string {
  const widest = Math.max(0, ...metrics.map(({ tolerance }) => tolerance ?? 0));
  return widest > 0
    ? trans.__('same within %1', String(widest))
    : trans.__('same to the last digit');
}

export function causeText({ cause }: VerdictCause, trans: Trans): string {
  switch (cause) {
    case 'seed':
      return trans.__('Random numbers');
    case 'data':
      return trans.__('Data');
    case 'package':
      return trans.__('A package');
    case 'python':
      return trans.__('Python');
    case 'code':
      return trans.__('Code');
    case 'clock':
      return trans.__('The clock');
    case 'threads':
      return trans.__('Threads');
    case 'variable':
      return trans.__('An environment variable');
    case 'hardware':
      return trans.__('Hardware');
    case 'not_kept':
      return trans.__('Files that were not kept');
    case 'error':
      return trans.__('An error');
  }
}

export function differenceKind(
  what: RerunDifference['what'],
  trans: Trans
): string {
  switch (what) {
    case 'python':
      return trans.__('Python');
    case 'package':
      return trans.__('Package');
    case 'conda':
      return trans.__('Conda package');
    case 'editable':
      return trans.__('Editable package');
    case 'image':
      return trans.__('Image');
    case 'gpu':
      return trans.__('GPU');
    case 'cpu':
      return trans.__('Processor');
    case 'variable':
      return trans.__('Variable');
  }
}

export function rebuildText(
  tool: NonNullable<Rerun['can_rebuild']>,
  trans: Trans
): string {
  return trans.__('The environment of the run, rebuilt with %1', tool);
}
