/** The card of a cell that published several runs: the best first, then the newest, the rest folded. */
import {
  columnDecimals,
  compareToBest,
  directionOf,
  finite,
  formatCount,
  formatNumber,
  runTitle,
  shortRunId,
  type Candidate,
  type Comparison,
  type Direction,
  type Directions,
  type RunList
} from '@dotscience/core';
import React, { useMemo, useState } from 'react';

import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { Delta } from '../parts/Delta';
import { CardCurve } from './CardCurve';
import {
  groupOf,
  metricKeys,
  metricText,
  valueOf,
  withGroup,
  type KnownRun
} from './known';
import type { RunCardProps } from './props';

const ROWS = 5;
const COLUMNS = 3;

interface ManyRunsProps extends Pick<RunCardProps, 'curves' | 'wantCurve'> {
  readonly runs: readonly KnownRun[];
  readonly total: number;
  readonly list: RunList;
  readonly metric: string | null;
  readonly directions: Directions;
  readonly openRun?: (id: string) => void;
}

/** How one metric of the table reads. */
interface MetricOfTable {
  readonly key: string;
  readonly direction: Direction;
  readonly best: Candidate | null;
  readonly decimals: number;
}

export function ManyRuns(props: ManyRunsProps): JSX.Element {
  const { runs, total, openRun } = props;
  const trans = useTrans();
  const [unfolded, setUnfolded] = useState(false);
  const group = groupOf(runs);
  const all = useMemo(
    () => withGroup(runs, total, props.list),
    [runs, total, props.list]
  );
  const metrics = columnsOf({ ...props, runs: all });
  const ordered = bestFirst(all, metrics[0]);
  const [best] = ordered;
  const shown = unfolded ? ordered : ordered.slice(0, ROWS);
  const title = trans._n('%2 run', '%2 runs', total, formatCount(total));
  return (
    <section className="ds-RunCard" aria-label={title}>
      <header className="ds-RunCard-head">
        <Icon name="mark" />
        <h3 className="ds-RunCard-title">{title}</h3>
        {group !== null && (
          <span className="ds-Pill" title={trans.__('Group %1', group)}>
            {group}
          </span>
        )}
        {metrics[0] && metrics[0].direction !== 'unknown' && (
          <Best run={best} metric={metrics[0]} />
        )}
        <CardCurve
          {...props}
          summary={best?.summary ?? null}
          metric={metrics[0]?.key ?? null}
        />
      </header>
      <div
        className={`ds-RunCard-scroll${unfolded ? ' ds-mod-unfolded' : ''}`}
        role="region"
        aria-label={trans.__('Runs of this cell')}
        tabIndex={unfolded ? 0 : undefined}
      >
        <table className="ds-RunTable">
          <Head metrics={metrics} />
          <tbody>
            {shown.map(run => (
              <Row
                key={run.card.id}
                run={run}
                metrics={metrics}
                openRun={openRun}
              />
            ))}
          </tbody>
        </table>
      </div>
      {total > shown.length && (
        <footer className="ds-RunCard-foot">
          {shown.length < ordered.length ? (
            <Button onClick={() => setUnfolded(true)}>
              {`+ ${formatCount(total - shown.length)}`}
            </Button>
          ) : (
            <span className="ds-muted">
              {trans.__(
                '%1 more are in the list of runs',
                formatCount(total - shown.length)
              )}
            </span>
          )}
        </footer>
      )}
    </section>
  );
}

/** What the best run of the cell reached. */
function Best(props: {
  readonly run: KnownRun;
  readonly metric: MetricOfTable;
}): JSX.Element | null {
  const { run, metric } = props;
  const trans = useTrans();
  const value = valueOf(run, metric.key);
  const number = value && finite(value);
  return number === null ? null : (
    <span className="ds-RunCard-best">
      <span className="ds-muted">{trans.__('best %1', metric.key)}</span>{' '}
      <b>{formatNumber(number, metric.decimals)}</b>
    </span>
  );
}

function Head({
  metrics
}: {
  readonly metrics: readonly MetricOfTable[];
}): JSX.Element {
  const trans = useTrans();
  return (
    <thead>
      <tr>
        <th scope="col">{trans.__('Run')}</th>
        {metrics.map(({ key }) => (
          <th key={key} scope="col" className="ds-mod-number" title={key}>
            {key}
          </th>
        ))}
        <th scope="col">{trans.__('Id')}</th>
      </tr>
    </thead>
  );
}

function Row(props: {
  readonly run: KnownRun;
  readonly metrics: readonly MetricOfTable[];
  readonly openRun?: (id: string) => void;
}): JSX.Element {
  const { run, metrics, openRun } = props;
  const { card, summary } = run;
  const trans = useTrans();
  const title = runTitle({ notebook: null, ...summary, ...card });
  return (
    <tr>
      <th scope="row" title={title}>
        {card.error !== null && (
          <Icon name="failed" label={trans.__('Failed')} />
        )}
        {title}
      </th>
      {metrics.map(metric => (
        <td key={metric.key} className="ds-mod-number">
          <Cell run={run} metric={metric} />
        </td>
      ))}
      <td>
        {openRun ? (
          <Button
            look="link"
            label={trans.__('Open run %1', title)}
            onClick={() => openRun(card.id)}
          >
            {shortRunId(card.id)}
          </Button>
        ) : (
          <code title={card.id}>{shortRunId(card.id)}</code>
        )}
      </td>
    </tr>
  );
}

function Cell(props: {
  readonly run: KnownRun;
  readonly metric: MetricOfTable;
}): JSX.Element | null {
  const { run, metric } = props;
  const pair = run.card.metrics.find(([key]) => key === metric.key);
  if (!pair) {
    return null;
  }
  const value = valueOf(run, metric.key);
  const number = value && finite(value);
  return (
    <>
      <Delta comparison={onlyBest(run, metric)} />{' '}
      <span title={pair[1]}>
        {number === null
          ? metricText(run, pair)
          : formatNumber(number, metric.decimals)}
      </span>
    </>
  );
}

// A table of differences would be read against each other: only the best is marked.
function onlyBest({ summary }: KnownRun, metric: MetricOfTable): Comparison {
  const { key, direction, best } = metric;
  const standing: Comparison = summary
    ? compareToBest(summary, key, direction, best)
    : { kind: 'none' };
  return standing.kind === 'best' ? standing : { kind: 'none' };
}

function columnsOf(props: ManyRunsProps): MetricOfTable[] {
  const { runs, list, metric, directions } = props;
  const keys = metricKeys(runs.map(({ card }) => card));
  const first = keys.filter(key => key === metric);
  const others = keys.filter(key => key !== metric);
  return [...first, ...others].slice(0, COLUMNS).map(key => {
    const direction = directionOf(key, directions);
    const numbers = runs.flatMap(run => {
      const value = valueOf(run, key);
      return (value && finite(value)) ?? [];
    });
    return {
      key,
      direction,
      best: list.best(key, direction),
      decimals: columnDecimals(numbers)
    };
  });
}

// The card has the newest last. The best is that of this cell, whatever others reached.
function bestFirst(
  runs: readonly KnownRun[],
  metric: MetricOfTable | undefined
): readonly KnownRun[] {
  const newest = [...runs].reverse();
  if (!metric || metric.direction === 'unknown') {
    return newest;
  }
  const sign = metric.direction === 'min' ? -1 : 1;
  const scoreOf = (run: KnownRun): number => {
    const value = valueOf(run, metric.key);
    const number = value && finite(value);
    return number === null ? -Infinity : sign * number;
  };
  const best = newest.reduce<KnownRun | undefined>(
    (a, b) => (a && scoreOf(a) >= scoreOf(b) ? a : b),
    undefined
  );
  return best ? [best, ...newest.filter(run => run !== best)] : newest;
}
