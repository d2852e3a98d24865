/** The cells of a run in the order they ran, and what of them left hidden state behind. */
import { formatCount, type CellsAnswer, type Run } from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { NoticeBox } from '../../parts/NoticeBox';
import { Section } from '../../parts/Section';
import { dataOf, type RunParts } from '../parts';
import type { RunPageCallbacks } from '../props';
import { Failure } from '../../parts/Failure';
import { CellRow } from './CellRow';

interface CellsProps {
  readonly run: Run;
  readonly part: RunParts['cells'];
  readonly callbacks: RunPageCallbacks;
  /** At most so many rows at first; null: all. */
  readonly first: number | null;
}

export function Cells(props: CellsProps): JSX.Element | null {
  const { part, run } = props;
  const trans = useTrans();
  const cells = dataOf(part);
  const [onlyFlagged, setOnlyFlagged] = useState(false);
  if (part.kind === 'failed') {
    return part.error.code === 'not-recorded' ? null : (
      <Failure error={part.error} retry={props.callbacks.retry} />
    );
  }
  if (!cells || cells.executions.length === 0) {
    return null;
  }
  const flagged = cells.flagged > 0;
  return (
    <Section
      className="ds-Cells"
      icon="list"
      title={trans.__('Cells in the order they ran')}
      count={countText(cells, trans)}
      tools={
        flagged && (
          <label className="ds-Check">
            <input
              type="checkbox"
              checked={onlyFlagged}
              onChange={event => setOnlyFlagged(event.target.checked)}
            />
            {trans.__('Only flagged')}
          </label>
        )
      }
    >
      {flagged && <HiddenState cells={cells} state={run.state} />}
      <Rows {...props} cells={cells} onlyFlagged={onlyFlagged} />
    </Section>
  );
}

function countText(
  { executions, cells, earlier }: CellsAnswer,
  trans: ReturnType<typeof useTrans>
): string {
  const all = executions.length + earlier;
  const of = trans._n('%2 cell', '%2 cells', cells, formatCount(cells));
  return trans._n(
    '%2 execution of %3',
    '%2 executions of %3',
    all,
    formatCount(all),
    of
  );
}

function HiddenState(props: {
  readonly cells: CellsAnswer;
  readonly state: Run['state'];
}): JSX.Element {
  const trans = useTrans();
  const { flagged, saved } = props.cells;
  return (
    <div className="ds-Cells-notice">
      <NoticeBox
        severity="warning"
        title={trans.__(
          'Running the saved notebook top to bottom may give another result'
        )}
        text={trans._n(
          '%2 cell left hidden state behind.',
          '%2 cells left hidden state behind.',
          flagged,
          formatCount(flagged)
        )}
        next={
          saved === null
            ? trans.__(
                'The notebook was not saved yet; save it to compare with it.'
              )
            : undefined
        }
      />
    </div>
  );
}

function Rows(
  props: CellsProps & {
    readonly cells: CellsAnswer;
    readonly onlyFlagged: boolean;
  }
): JSX.Element {
  const { cells, onlyFlagged, first, run, callbacks } = props;
  const trans = useTrans();
  const [unfolded, setUnfolded] = useState(false);
  const wanted = onlyFlagged
    ? cells.executions.filter(({ marks }) => marks.length > 0)
    : cells.executions;
  // The newest say most: what is left out stands before.
  const shown =
    first === null || unfolded ? wanted : wanted.slice(-Math.max(first, 1));
  const left = wanted.length - shown.length;
  const longest = Math.max(
    ...cells.executions.map(({ duration_s }) => duration_s ?? 0)
  );
  return (
    <table className="ds-CellTable">
      <thead>
        <tr>
          <th scope="col">{trans.__('Order')}</th>
          <th scope="col">{trans.__('Cell')}</th>
          <th scope="col">{trans.__('First line')}</th>
          <th scope="col" className="ds-mod-number">
            {trans.__('Files')}
          </th>
          <th scope="col" className="ds-mod-number">
            {trans.__('Time')}
          </th>
        </tr>
      </thead>
      <tbody>
        {(left > 0 || cells.earlier > 0) && (
          <tr>
            <td colSpan={5} className="ds-meta">
              {left > 0 && (
                <Button look="link" onClick={() => setUnfolded(true)}>
                  {trans._n(
                    'Show %2 earlier execution',
                    'Show %2 earlier executions',
                    left,
                    formatCount(left)
                  )}
                </Button>
              )}
              {left === 0 &&
                trans._n(
                  '%2 earlier execution is not listed',
                  '%2 earlier executions are not listed',
                  cells.earlier,
                  formatCount(cells.earlier)
                )}
            </td>
          </tr>
        )}
        {shown.map(execution => (
          <CellRow
            key={execution.n}
            execution={execution}
            notebook={cells.notebook ?? run.notebook}
            longest={longest}
            callbacks={callbacks}
          />
        ))}
      </tbody>
    </table>
  );
}
