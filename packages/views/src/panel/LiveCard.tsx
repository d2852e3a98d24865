/**
 * A run that is going on: name, for how long, its metric beside the best, the curve so far, how far it
 * is and how long it still takes, and the cell that runs.
 */
import {
  compare,
  decimalsOf,
  directionOf,
  finite,
  formatElapsed,
  formatValue,
  metricOf,
  runTitle,
  sourceName,
  type Comparison,
  type Directions,
  type LiveRun,
  type RunList,
  type Series,
  type Value
} from '@dotscience/core';
import React from 'react';

import { useNow } from '../host/clock';
import { useTrans } from '../host/trans';
import { Delta } from '../parts/Delta';
import { Icon } from '../icons/Icon';
import { LivePace } from './LivePace';
import { LiveValues } from './LiveValues';
import { Sparkline } from '../parts/Sparkline';

export interface LiveCardProps {
  readonly run: LiveRun;
  /** It ended a moment ago. */
  readonly over: boolean;
  readonly list: RunList;
  /** The list's metric comes first where the run has it. */
  readonly metric: string | null;
  readonly directions: Directions;
  /** Of the metric that is shown; null while there is none. */
  readonly curve: Series | null;
  /** 1-based place of a cell among the code cells of its notebook, by nbformat id. */
  readonly cellNumber?: (notebook: string, cell: string) => number | null;
  readonly openCell?: (notebook: string, cell: string | null) => void;
}

/** The metric that a live run is known by. */
export const headline = (run: LiveRun, metric: string | null): Value | null =>
  (metric !== null && metricOf(run, metric)) || run.metrics[0] || null;

export function LiveCard(props: LiveCardProps): JSX.Element {
  const { run, over, list, metric, directions } = props;
  const trans = useTrans();
  const now = useNow(1_000);
  const title = runTitle(run);
  const first = headline(run, metric);
  const direction = first ? directionOf(first.key, directions) : 'unknown';
  const best = first && list.best(first.key, direction);
  const curve = first && props.curve?.key === first.key ? props.curve : null;
  return (
    <section
      className={`ds-LiveCard${over ? ' ds-mod-over' : ''}`}
      aria-label={
        over ? trans.__('Ended: %1', title) : trans.__('Running: %1', title)
      }
    >
      <header className="ds-LiveCard-head">
        <span
          className={`ds-Glyph ${over ? 'ds-mod-published' : 'ds-mod-running'}`}
        >
          <Icon
            name={over ? 'published' : 'running'}
            label={over ? trans.__('Ended') : trans.__('Running')}
          />
        </span>
        <h3 className="ds-LiveCard-title" title={title}>
          {title}
        </h3>
        {run.group !== null && (
          <span
            className="ds-LiveCard-group"
            title={trans.__('Group %1', run.group)}
          >
            {run.group}
          </span>
        )}
        <time className="ds-LiveCard-elapsed">
          {formatElapsed((now - Date.parse(run.started)) / 1_000)}
        </time>
      </header>
      {first ? (
        <div className="ds-LiveCard-body">
          <Headline
            value={first}
            comparison={toBest(first, best?.value ?? null, direction)}
          />
          {curve && curve.count > 1 && (
            <Sparkline
              series={curve}
              reference={best?.value ?? null}
              lastStep={lastStep(run, curve)}
              label={trans._n(
                'Curve of %2: %1 point, newest %3',
                'Curve of %2: %1 points, newest %3',
                curve.count,
                first.key,
                formatValue(first)
              )}
            />
          )}
        </div>
      ) : (
        <p className="ds-LiveCard-none">
          {run.points === 0 && run.last_told === null
            ? trans.__('Starting')
            : trans.__('No metric yet')}
        </p>
      )}
      <LiveValues run={run} first={first} />
      <LivePace run={run} over={over}>
        <Source {...props} />
      </LivePace>
    </section>
  );
}

function Headline(props: {
  readonly value: Value;
  readonly comparison: Comparison;
}): JSX.Element {
  const trans = useTrans();
  const { value } = props;
  return (
    <dl className="ds-LiveCard-metric">
      <dt title={value.key}>{value.key}</dt>
      <dd className="ds-LiveCard-value" title={value.text}>
        {formatValue(value)}
      </dd>
      <dd className="ds-LiveCard-delta">
        <Delta comparison={props.comparison} to={trans.__('to best')} />
      </dd>
    </dl>
  );
}

function Source(props: LiveCardProps): JSX.Element | null {
  const trans = useTrans();
  const { run, cellNumber, openCell } = props;
  const { notebook, cell } = run;
  const name = sourceName(run);
  if (!name) {
    return null;
  }
  const number =
    notebook !== null && cell !== null
      ? (cellNumber?.(notebook, cell) ?? null)
      : null;
  const text = number === null ? name : trans.__('%1, cell %2', name, number);
  const path = notebook ?? run.workload ?? '';
  return openCell && notebook !== null ? (
    <button
      type="button"
      className="ds-LiveCard-source ds-Button-link"
      title={trans.__('Open %1', path)}
      onClick={() => openCell(notebook, cell)}
    >
      {text}
    </button>
  ) : (
    <span className="ds-LiveCard-source" title={path}>
      {text}
    </span>
  );
}

// Where the end is known the curve leaves room for what is to come.
function lastStep({ progress }: LiveRun, { steps }: Series): number | null {
  const reached = steps.at(-1) ?? 0;
  const end = progress?.total ? steps[0] + progress.total - 1 : 0;
  return end > reached ? end : null;
}

function toBest(
  value: Value,
  best: number | null,
  direction: Parameters<typeof compare>[2]
): Comparison {
  const number = finite(value);
  return best !== null && number !== null
    ? compare(number, best, direction, decimalsOf(best))
    : { kind: 'none' };
}
