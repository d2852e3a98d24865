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
  snapshotLack,
  sourceName,
  stoppedAt,
  timeOf,
  type Candidate,
  type Comparison,
  type Direction,
  type RunSummary
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans, type Trans } from '../host/trans';
import { Again } from '../parts/Again';
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
  /** Of a group that is unfolded: its place there and how many there are. */
  readonly member: { readonly place: number; readonly of: number } | null;
  /** Rows of a treegrid, where there are groups; options of a listbox else. */
  readonly inGrid: boolean;
  readonly position: number;
  readonly total: number;
  readonly top: number;
  readonly selected: boolean;
  readonly active: boolean;
  onOpen(id: string): void;
}

export const RunRow = React.memo(RunRowView, isSame);

function RunRowView(props: RunRowProps): JSX.Element {
  const { run, column, selected, active, member } = props;
  const { now, zone } = useClock();
  const moment = useMoment();
  const trans = useTrans();
  const isBest = column.best?.seq === run.seq;
  const glyph = runGlyph(run, isBest);
  const title = runTitle(run);
  const source = sourceName(run);
  const when = run.started ?? run.recorded;
  const lack = snapshotLack(run, now());
  const state = stateWord(glyph, run, trans);
  const classes = [
    'ds-RunRow',
    selected && 'ds-mod-selected',
    active && 'ds-mod-active',
    isBest && 'ds-mod-best',
    member && 'ds-mod-member'
  ];
  const place = props.inGrid
    ? {
        role: 'row',
        'aria-level': member ? 2 : 1,
        'aria-rowindex': props.position + 1
      }
    : {
        role: 'option',
        'aria-posinset': props.position + 1,
        'aria-setsize': props.total
      };
  return (
    <div
      id={props.id}
      {...place}
      aria-selected={selected}
      className={classes.filter(Boolean).join(' ')}
      style={{ top: props.top }}
      onClick={() => props.onOpen(run.id)}
      data-run={run.id}
    >
      <div
        role={props.inGrid ? 'gridcell' : 'presentation'}
        className="ds-RunRow-cell"
      >
        <RunGlyphIcon glyph={glyph} label={state} />
        <span className="ds-RunRow-title" title={title}>
          {title}
        </span>
        <span className="ds-RunRow-meta">
          <time dateTime={when} title={formatFull(when, zone)}>
            {!member && dayKey(when, zone) === dayKey(run.recorded, zone)
              ? timeOf(when, zone)
              : moment(when)}
          </time>
          {run.repeats !== null && (
            <>
              {' \u00b7 '}
              <Again repeats={run.repeats} />
            </>
          )}
          {source && (
            <span title={run.notebook ?? run.workload ?? ''}> · {source}</span>
          )}
          {lack === 'pending' && ` · ${trans.__('snapshot pending')}`}
          {lack === 'unsealed' && ` · ${trans.__('hashes pending')}`}
        </span>
        <Figures run={run} column={column} />
      </div>
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
    const wrong = whatWentWrong(run, trans);
    return (
      <>
        <span className="ds-RunRow-value">
          {wrong || files === 0
            ? '\u2014'
            : trans._n('%1 file', '%2 files', files, formatCount(files))}
        </span>
        <span
          className={`ds-RunRow-delta${wrong?.isError ? ' ds-mod-error' : ''}`}
        >
          <Words text={wrong?.text ?? whatIsMissing(run, column, trans)} />
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
      <Said run={run} column={column} />
    </>
  );
}

/** Below the metric: how the run went wrong, else the difference to the best. */
function Said(props: {
  readonly run: RunSummary;
  readonly column: MetricColumn;
}): JSX.Element {
  const wrong = whatWentWrong(props.run, useTrans());
  return (
    <span className={`ds-RunRow-delta${wrong?.isError ? ' ds-mod-error' : ''}`}>
      {wrong ? (
        <Words text={wrong.text} />
      ) : (
        <Delta comparison={comparison(props.run, props.column)} />
      )}
    </span>
  );
}

/** Cut where the row is narrow, whole in the tooltip. */
function Words({ text }: { readonly text: string }): JSX.Element {
  return (
    <span className="ds-RunRow-words" title={text}>
      {text}
    </span>
  );
}

/** A run that has other metrics than the one of the list is not one without any. */
function whatIsMissing(
  run: RunSummary,
  { metric }: MetricColumn,
  trans: Trans
): string {
  return metric !== null && run.metrics.length > 0
    ? trans.__('no %1', metric)
    : trans.__('no metric');
}

function whatWentWrong(
  run: RunSummary,
  trans: Trans
): { readonly text: string; readonly isError: boolean } | null {
  const at = stoppedAt(run);
  if (run.state === 'failed') {
    const text = at === null ? trans.__('failed') : trans.__('at %1', at);
    return { text, isError: true };
  }
  if (run.state !== 'interrupted') {
    return null;
  }
  switch (run.ending) {
    case 'crashed': {
      const text =
        at === null ? trans.__('crashed') : trans.__('crashed at %1', at);
      return { text, isError: true };
    }
    case 'lost':
      return { text: trans.__('lost with its machine'), isError: false };
    case 'ended':
      return { text: trans.__('ended without publishing'), isError: false };
    default:
      return { text: trans.__('interrupted'), isError: false };
  }
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
    a.inGrid === b.inGrid &&
    a.member?.place === b.member?.place &&
    a.member?.of === b.member?.of &&
    a.position === b.position &&
    a.total === b.total &&
    a.top === b.top &&
    a.selected === b.selected &&
    a.active === b.active &&
    a.onOpen === b.onOpen
  );
}
