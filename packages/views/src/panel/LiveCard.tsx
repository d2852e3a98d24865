/** A run that is going on: its name, for how long, its newest values beside the best. */
import {
  compare,
  decimalsOf,
  directionOf,
  finite,
  formatCount,
  formatElapsed,
  formatValue,
  metricOf,
  runTitle,
  sourceName,
  type Comparison,
  type Directions,
  type LiveRun,
  type RunList,
  type Value
} from '@dotscience/core';
import React from 'react';

import { useNow } from '../host/clock';
import { useTrans } from '../host/trans';
import { Delta } from '../parts/Delta';
import { Icon } from '../icons/Icon';

const OTHERS = 3;

interface LiveCardProps {
  readonly run: LiveRun;
  readonly list: RunList;
  /** The list's metric comes first where the run has it. */
  readonly metric: string | null;
  readonly directions: Directions;
}

export function LiveCard({
  run,
  list,
  metric,
  directions
}: LiveCardProps): JSX.Element {
  const trans = useTrans();
  const now = useNow(1_000);
  const title = runTitle(run);
  const source = sourceName(run);
  const first = (metric && metricOf(run, metric)) || run.metrics[0] || null;
  const others = run.metrics.filter(value => value !== first);
  return (
    <section
      className="ds-LiveCard"
      aria-label={trans.__('Running: %1', title)}
    >
      <header className="ds-LiveCard-head">
        <span className="ds-Glyph ds-mod-running">
          <Icon name="running" label={trans.__('Running')} />
        </span>
        <h3 className="ds-LiveCard-title" title={title}>
          {title}
        </h3>
        <time className="ds-LiveCard-elapsed">
          {formatElapsed((now - Date.parse(run.started)) / 1_000)}
        </time>
      </header>
      {first ? (
        <Headline value={first} comparison={toBest(first, list, directions)} />
      ) : (
        <p className="ds-LiveCard-none">{trans.__('No metric yet')}</p>
      )}
      <footer className="ds-LiveCard-foot">
        <Others values={others} />
        {source && (
          <span className="ds-LiveCard-source" title={run.notebook ?? ''}>
            {source}
          </span>
        )}
      </footer>
    </section>
  );
}

function Headline(props: {
  readonly value: Value;
  readonly comparison: Comparison;
}): JSX.Element {
  const trans = useTrans();
  return (
    <dl className="ds-LiveCard-metric">
      <dt>{props.value.key}</dt>
      <dd className="ds-LiveCard-value">{formatValue(props.value)}</dd>
      <dd>
        <Delta comparison={props.comparison} to={trans.__('to best')} />
      </dd>
    </dl>
  );
}

function Others({
  values
}: {
  readonly values: readonly Value[];
}): JSX.Element {
  return (
    <span className="ds-LiveCard-others">
      {values.slice(0, OTHERS).map(value => (
        <span key={value.key} title={`${value.key} ${value.text}`}>
          {value.key} <b>{formatValue(value)}</b>
        </span>
      ))}
      {values.length > OTHERS && (
        <span>+ {formatCount(values.length - OTHERS)}</span>
      )}
    </span>
  );
}

function toBest(
  value: Value,
  list: RunList,
  directions: Directions
): Comparison {
  const direction = directionOf(value.key, directions);
  const best = list.best(value.key, direction);
  const number = finite(value);
  return best && number !== null
    ? compare(number, best.value, direction, decimalsOf(best.value))
    : { kind: 'none' };
}
