/** The metrics of a run, each beside what it was in the best run before. */
import {
  compare,
  directionOf,
  finite,
  formatCount,
  formatValue,
  inReadingOrder,
  metricOf,
  runTitle,
  shortRunId,
  type Comparison,
  type Directions,
  type Run,
  type RunList,
  type RunSummary,
  type Value
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { Delta } from '../parts/Delta';
import { Icon } from '../icons/Icon';

/** Tiles at first: two rows where there is room. */
const SHOWN = 10;

interface TilesProps {
  readonly run: Run;
  /** The metric that comes first. */
  readonly headline: string | null;
  readonly list: RunList;
  /** The best run before this one; null without one. */
  readonly before: RunSummary | null;
  readonly directions: Directions;
  openRun(id: string): void;
}

export function Tiles(props: TilesProps): JSX.Element {
  const { run, headline, list, before, directions } = props;
  const trans = useTrans();
  const [unfolded, setUnfolded] = useState(false);
  const metrics = inReadingOrder(run.metrics, headline, directions);
  const shown = unfolded ? metrics : metrics.slice(0, SHOWN);
  if (run.metrics.length === 0) {
    return (
      <p className="ds-RunPage-none">{trans.__('No metric in this run')}</p>
    );
  }
  return (
    <div className="ds-Tiles">
      <dl className="ds-Tiles-grid">
        {shown.map(value => (
          <Tile
            key={value.key}
            value={value}
            comparison={comparisonOf(value, run, list, before, directions)}
            count={list.countWith(value.key)}
          />
        ))}
      </dl>
      {shown.length < metrics.length && (
        <p className="ds-Tiles-legend">
          <Button look="link" onClick={() => setUnfolded(true)}>
            {trans._n(
              'Show %2 more metric',
              'Show %2 more metrics',
              metrics.length - shown.length,
              formatCount(metrics.length - shown.length)
            )}
          </Button>
        </p>
      )}
      {before && <Legend before={before} openRun={props.openRun} />}
    </div>
  );
}

function Tile(props: {
  readonly value: Value;
  readonly comparison: Comparison;
  readonly count: number;
}): JSX.Element {
  const { value, comparison, count } = props;
  const trans = useTrans();
  return (
    <div className="ds-Tile">
      <dt title={value.key}>{value.key}</dt>
      <dd className="ds-Tile-value" title={value.text}>
        {formatValue(value)}
      </dd>
      <dd className="ds-Tile-delta">
        <Delta
          comparison={comparison}
          bestText={trans._n(
            'best so far',
            'best of %2',
            count,
            formatCount(count)
          )}
        />
      </dd>
    </div>
  );
}

function Legend(props: {
  readonly before: RunSummary;
  openRun(id: string): void;
}): JSX.Element {
  const trans = useTrans();
  const { before, openRun } = props;
  return (
    <p className="ds-Tiles-legend">
      <Icon name="better" /> {trans.__('better,')} <Icon name="worse" />{' '}
      {trans.__('worse than the previous best, run')}{' '}
      <Button look="link" onClick={() => openRun(before.id)}>
        {shortRunId(before.id)}
      </Button>{' '}
      ({runTitle(before)})
    </p>
  );
}

function comparisonOf(
  value: Value,
  run: Run,
  list: RunList,
  before: RunSummary | null,
  directions: Directions
): Comparison {
  const direction = directionOf(value.key, directions);
  if (list.best(value.key, direction)?.seq === run.seq) {
    return list.countWith(value.key) > 1 ? { kind: 'best' } : { kind: 'none' };
  }
  const reference = before && metricOf(before, value.key);
  return compare(finite(value), reference && finite(reference), direction);
}
