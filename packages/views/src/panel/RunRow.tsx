/** One run in the list: glyph, name, when and where from, metric, difference to the best. */
import {
  compareToBest,
  dayKey,
  finite,
  formatCount,
  formatFull,
  formatNumber,
  formatValue,
  metricOf,
  runGlyph,
  runTitle,
  sourceName,
  timeOf,
  type Candidate,
  type Comparison,
  type Direction,
  type RunSummary
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Delta } from '../parts/Delta';
import { useMoment } from '../parts/useMoment';
import { RunGlyphIcon, stateWord } from '../parts/RunGlyph';

/** How the list shows metrics: the same for all of its rows. */
export interface MetricColumn {
  readonly metric: string | null;
  readonly direction: Direction;
  readonly best: Candidate | null;
  readonly decimals: number;
}

interface RunRowProps {
  readonly id: string;
  readonly run: RunSummary;
  readonly column: MetricColumn;
  readonly position: number;
  readonly total: number;
  readonly top: number;
  readonly selected: boolean;
  readonly active: boolean;
  onOpen(id: string): void;
}

export const RunRow = React.memo(RunRowView, isSame);

function RunRowView(props: RunRowProps): JSX.Element {
  const { run, column, selected, active } = props;
  const { zone } = useClock();
  const moment = useMoment();
  const trans = useTrans();
  const isBest = column.best?.seq === run.seq;
  const glyph = runGlyph(run, isBest);
  const title = runTitle(run);
  const source = sourceName(run);
  const when = run.started ?? run.recorded;
  const state = stateWord(glyph, run, trans);
  const classes = [
    'ds-RunRow',
    selected && 'ds-mod-selected',
    active && 'ds-mod-active',
    isBest && 'ds-mod-best'
  ];
  return (
    <div
      id={props.id}
      role="option"
      aria-selected={selected}
      aria-posinset={props.position + 1}
      aria-setsize={props.total}
      className={classes.filter(Boolean).join(' ')}
      style={{ top: props.top }}
      onClick={() => props.onOpen(run.id)}
      data-run={run.id}
    >
      <RunGlyphIcon glyph={glyph} label={state} />
      <span className="ds-RunRow-title" title={title}>
        {title}
      </span>
      <span className="ds-RunRow-meta">
        <time dateTime={when} title={formatFull(when, zone)}>
          {dayKey(when, zone) === dayKey(run.recorded, zone)
            ? timeOf(when, zone)
            : moment(when)}
        </time>
        {source && (
          <span title={run.notebook ?? run.workload ?? ''}> · {source}</span>
        )}
        {run.snapshot.state === 'pending' &&
          ` · ${trans.__('snapshot pending')}`}
      </span>
      <Figures run={run} column={column} />
    </div>
  );
}

function Figures(props: {
  readonly run: RunSummary;
  readonly column: MetricColumn;
}): JSX.Element {
  const trans = useTrans();
  const { run, column } = props;
  const value = column.metric === null ? null : metricOf(run, column.metric);
  if (!value) {
    const files = run.inputs + run.outputs;
    const failed = run.state === 'failed';
    return (
      <>
        <span className="ds-RunRow-value">
          {failed || files === 0
            ? '\u2014'
            : trans._n('%1 file', '%2 files', files, formatCount(files))}
        </span>
        <span className={`ds-RunRow-delta${failed ? ' ds-mod-error' : ''}`}>
          {failed ? trans.__('failed') : trans.__('no metric')}
        </span>
      </>
    );
  }
  const number = finite(value);
  return (
    <>
      <span className="ds-RunRow-value" title={`${value.key} ${value.text}`}>
        {number === null
          ? formatValue(value)
          : formatNumber(number, column.decimals)}
      </span>
      <span className="ds-RunRow-delta">
        <Delta comparison={comparison(run, column)} />
      </span>
    </>
  );
}

function comparison(run: RunSummary, column: MetricColumn): Comparison {
  const { metric, direction, best, decimals } = column;
  return metric === null
    ? { kind: 'none' }
    : compareToBest(run, metric, direction, best, decimals);
}

// A run read twice from a block is two objects: what it is, is its id and revision.
function isSame(a: RunRowProps, b: RunRowProps): boolean {
  return (
    a.run.id === b.run.id &&
    a.run.revision === b.run.revision &&
    a.column === b.column &&
    a.position === b.position &&
    a.total === b.total &&
    a.top === b.top &&
    a.selected === b.selected &&
    a.active === b.active &&
    a.onOpen === b.onOpen
  );
}
