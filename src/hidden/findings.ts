/**
 * Owns what is known of a notebook's hidden state, by cell: from the session's executions, of which the
 * last of each cell counts, and from what the page itself sees of unsaved edits.
 */
import type { CellMark, CellsAnswer, Execution } from '@dotscience/core';
import { hiddenText, type Trans } from '@dotscience/views';

export interface IFinding {
  readonly sentence: string;
  /** nbformat id of the cell that it is about, and what that is called; null where there is none. */
  readonly cell: string | null;
  readonly called: string | null;
}

/** Findings by nbformat id of the cell; cells without any are left out. */
export type Findings = ReadonlyMap<string, readonly IFinding[]>;

export const NO_FINDINGS: Findings = new Map();

export function findingsOf(answer: CellsAnswer, trans: Trans): Findings {
  const byNumber = new Map(answer.executions.map(one => [one.n, one]));
  const last = new Map<string, Execution>();
  for (const one of answer.executions) {
    if (one.cell !== null) {
      last.set(one.cell, one);
    }
  }
  const findings = new Map<string, readonly IFinding[]>();
  for (const [cell, { marks }] of last) {
    if (marks.length > 0) {
      findings.set(
        cell,
        marks.map(mark => findingOf(mark, byNumber, trans))
      );
    }
  }
  return findings;
}

/** Cells that ran in this session: only of them edits are worth a mark. */
export const ranIn = (answer: CellsAnswer): ReadonlySet<string> =>
  new Set(answer.executions.flatMap(({ cell }) => cell ?? []));

/** What the page sees itself: the cell's text is not what ran, saved or not. */
export function editedFinding(trans: Trans): IFinding {
  const mark: CellMark = {
    kind: 'edited',
    names: [],
    other: null,
    lines: null
  };
  return { sentence: hiddenText(mark, null, trans), cell: null, called: null };
}

function findingOf(
  mark: CellMark,
  byNumber: ReadonlyMap<number, Execution>,
  trans: Trans
): IFinding {
  const other = mark.other === null ? undefined : byNumber.get(mark.other);
  const count = other?.count ?? null;
  const called = count === null ? null : trans.__('cell [%1]', count);
  return {
    sentence: hiddenText(mark, called, trans),
    // A cell that is gone cannot be shown, and nobody is sent to where they are.
    cell:
      mark.kind === 'gone' || mark.kind === 'rerun_self'
        ? null
        : (other?.cell ?? null),
    called
  };
}
