/** One execution: place, first line, files, time; unfolds to the text as it ran. */
import {
  formatCount,
  formatDuration,
  pathText,
  type Access,
  type Execution
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans, type Trans } from '../../host/trans';
import { Icon } from '../../icons/Icon';
import { Button } from '../../parts/Button';
import type { RunPageCallbacks } from '../props';
import { CellSource } from './CellSource';
import { markText } from './marks';

interface CellRowProps {
  readonly execution: Execution;
  readonly notebook: string | null;
  /** Seconds of the longest execution: bars are measured by it. */
  readonly longest: number;
  readonly callbacks: RunPageCallbacks;
}

export function CellRow(props: CellRowProps): JSX.Element {
  const { execution, notebook, callbacks } = props;
  const { n, position, error, marks, cell, line, lines } = execution;
  const trans = useTrans();
  const [open, setOpen] = useState(false);
  const { showCell } = callbacks;
  const flagged = marks.length > 0;
  const first = line === '' ? trans.__('(no code)') : line;
  return (
    <>
      <tr className={flagged ? 'ds-mod-flagged' : undefined}>
        <td>{formatCount(n)}</td>
        <td>{place(position, cell, trans)}</td>
        <td className="ds-CellTable-line">
          {callbacks.source ? (
            <button
              type="button"
              className="ds-CellTable-open"
              aria-expanded={open}
              title={trans.__('Show the text as it ran')}
              onClick={() => setOpen(!open)}
            >
              <Icon name={open ? 'chevron-down' : 'chevron-right'} />
              <code>{first}</code>
            </button>
          ) : (
            <code>{first}</code>
          )}
          {error && (
            <span className="ds-CellTable-note ds-mod-error">
              <Icon name="failed" label={trans.__('Failed')} />
              {error.kind}
              {error.message && `: ${error.message}`}
            </span>
          )}
          {marks.map(mark => (
            <span
              key={`${mark.kind} ${mark.other} ${mark.names.join()}`}
              className="ds-CellTable-note"
            >
              <Icon name="look" label={trans.__('Needs a look')} />
              {markText(mark, trans)}
            </span>
          ))}
        </td>
        <td className="ds-mod-number ds-meta">{filesText(execution, trans)}</td>
        <td className="ds-mod-number">
          <Time execution={execution} longest={props.longest} />
        </td>
      </tr>
      {open && callbacks.source && (
        <tr className="ds-CellTable-detail">
          <td colSpan={5}>
            <CellSource
              hash={execution.hash}
              lines={lines}
              source={callbacks.source}
            />
            <FileList execution={execution} />
            {cell !== null && notebook !== null && position !== null && (
              <Shown show={showCell && (() => showCell(notebook, cell))} />
            )}
          </td>
        </tr>
      )}
    </>
  );
}

function Shown({
  show
}: {
  readonly show: (() => void) | undefined;
}): JSX.Element | null {
  const trans = useTrans();
  return show ? (
    <Button look="link" onClick={show}>
      {trans.__('Show in notebook')}
    </Button>
  ) : null;
}

function place(
  position: number | null,
  cell: string | null,
  trans: Trans
): string {
  if (position !== null) {
    return formatCount(position);
  }
  return cell === null ? '–' : trans.__('gone');
}

function filesText({ reads, writes }: Execution, trans: Trans): string {
  return [
    reads.length > 0 && trans.__('reads %1', formatCount(reads.length)),
    writes.length > 0 && trans.__('writes %1', formatCount(writes.length))
  ]
    .filter(Boolean)
    .join(', ');
}

function FileList({
  execution
}: {
  readonly execution: Execution;
}): JSX.Element {
  const trans = useTrans();
  const { reads, writes } = execution;
  const row = (
    word: string,
    accesses: readonly Access[]
  ): JSX.Element | null =>
    accesses.length === 0 ? null : (
      <p className="ds-meta">
        {word} {accesses.map(({ path }) => pathText(path)).join(', ')}
      </p>
    );
  return (
    <>
      {row(trans.__('Reads'), reads)}
      {row(trans.__('Writes'), writes)}
    </>
  );
}

function Time(props: {
  readonly execution: Execution;
  readonly longest: number;
}): JSX.Element {
  const trans = useTrans();
  const { duration_s } = props.execution;
  if (duration_s === null) {
    return <span className="ds-muted">{trans.__('not ended')}</span>;
  }
  const share = props.longest > 0 ? duration_s / props.longest : 0;
  return (
    <span className="ds-CellTable-time">
      <i style={{ width: `${Math.max(2, share * 28)}px` }} />
      {formatDuration(duration_s)}
    </span>
  );
}
