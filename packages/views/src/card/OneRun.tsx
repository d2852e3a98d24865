/** The card of one run: metrics beside the best, parameters, files, and what can be done. */
import {
  compare,
  directionOf,
  finite,
  formatCount,
  formatDuration,
  formatFull,
  inReadingOrder,
  listMetric,
  previousBest,
  metricOf,
  runTitle,
  shortRunId,
  type Comparison,
  type Directions,
  type RunList,
  type RunSummary
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { Delta } from '../parts/Delta';
import { useMoment } from '../parts/useMoment';
import { metricText, valueOf, type KnownRun } from './known';
import { CardCurve } from './CardCurve';
import type { CardValue, RunCardProps } from './props';
import { SnapshotState } from './SnapshotState';

const SHOWN = 5;

interface OneRunProps extends Pick<
  RunCardProps,
  'curves' | 'wantCurve' | 'undeclared'
> {
  readonly run: KnownRun;
  readonly list: RunList;
  /** The user's metric for lists; null leaves the choice to us. */
  readonly metric: string | null;
  readonly directions: Directions;
  readonly openRun?: (id: string) => void;
}

export function OneRun(props: OneRunProps): JSX.Element {
  const { run, openRun } = props;
  const { card, summary } = run;
  const trans = useTrans();
  const title = runTitle({ notebook: null, ...summary, ...card });
  return (
    <section className="ds-RunCard" aria-label={trans.__('Run %1', title)}>
      <header className="ds-RunCard-head">
        <Icon name="mark" />
        <h3 className="ds-RunCard-title" title={title}>
          {title}
        </h3>
        {title !== shortRunId(card.id) && (
          <code className="ds-Chip" title={card.id}>
            {shortRunId(card.id)}
          </code>
        )}
        <When run={run} />
      </header>
      <div className="ds-RunCard-body">
        {card.error !== null && (
          <p className="ds-RunCard-error">
            <Icon name="failed" label={trans.__('Failed')} />
            {card.error}
          </p>
        )}
        <div className="ds-RunCard-top">
          <Metrics {...props} />
          <CardCurve {...props} summary={summary} metric={headlineOf(props)} />
        </div>
        <Line {...props} />
      </div>
      <footer className="ds-RunCard-foot">
        {openRun && (
          <Button onClick={() => openRun(card.id)}>
            {trans.__('Open run')}
          </Button>
        )}
        <Undeclared count={props.undeclared?.(card.id) ?? 0} />
        <SnapshotState summary={summary} />
      </footer>
    </section>
  );
}

/** The first metric of the card. */
function headlineOf({
  run,
  list,
  metric,
  directions
}: OneRunProps): string | null {
  const headline = run.summary && listMetric(list, metric, directions);
  return ordered(run.card.metrics, headline, directions)[0]?.[0] ?? null;
}

function Undeclared({ count }: { readonly count: number }): JSX.Element | null {
  const trans = useTrans();
  return count === 0 ? null : (
    <span className="ds-RunCard-undeclared">
      <Icon name="look" label={trans.__('Needs a look')} />
      {trans._n('%2 undeclared', '%2 undeclared', count, formatCount(count))}
    </span>
  );
}

function When({ run }: { readonly run: KnownRun }): JSX.Element | null {
  const moment = useMoment();
  const { zone } = useClock();
  const { started, ended } = run.card;
  if (started === null) {
    return null;
  }
  const seconds =
    run.summary?.duration_s ??
    (Date.parse(ended ?? '') - Date.parse(started)) / 1_000;
  return (
    <time
      className="ds-RunCard-when"
      dateTime={started}
      title={formatFull(started, zone)}
    >
      {moment(started)}
      {Number.isFinite(seconds) && ` · ${formatDuration(seconds)}`}
    </time>
  );
}

function Metrics(props: OneRunProps): JSX.Element | null {
  const { run, list, directions } = props;
  const trans = useTrans();
  const { summary, card } = run;
  const headline = summary && listMetric(list, props.metric, directions);
  const metrics = ordered(card.metrics, headline, directions);
  const before = summary && bestBefore(summary, headline, list, directions);
  if (metrics.length === 0) {
    return null;
  }
  return (
    <dl className="ds-RunCard-metrics">
      {metrics.slice(0, SHOWN).map(metric => (
        <div key={metric[0]} className="ds-RunCard-metric">
          <dt title={metric[0]}>{metric[0]}</dt>
          <dd className="ds-RunCard-value" title={metric[1]}>
            {metricText(run, metric)}
          </dd>
          <dd>
            <Delta
              comparison={standing(run, metric[0], before, list, directions)}
              bestText={trans.__('best so far')}
            />
          </dd>
        </div>
      ))}
      {metrics.length > SHOWN && (
        <div className="ds-RunCard-more">
          + {formatCount(metrics.length - SHOWN)}
        </div>
      )}
    </dl>
  );
}

const ordered = (
  metrics: readonly CardValue[],
  headline: string | null,
  directions: Directions
): CardValue[] =>
  inReadingOrder(
    metrics.map(pair => ({ key: pair[0], pair })),
    headline,
    directions
  ).map(({ pair }) => pair);

function bestBefore(
  summary: RunSummary,
  headline: string | null,
  list: RunList,
  directions: Directions
): RunSummary | null {
  const direction =
    headline === null ? 'unknown' : directionOf(headline, directions);
  return previousBest(list, headline ?? '', direction, summary);
}

function standing(
  run: KnownRun,
  key: string,
  before: RunSummary | null,
  list: RunList,
  directions: Directions
): Comparison {
  const value = valueOf(run, key);
  if (!run.summary || !value || list.count < 2) {
    return { kind: 'none' };
  }
  const direction = directionOf(key, directions);
  if (list.best(key, direction)?.seq === run.summary.seq) {
    return { kind: 'best' };
  }
  const reference = before && metricOf(before, key);
  return compare(finite(value), reference && finite(reference), direction);
}

function Line({ run }: OneRunProps): JSX.Element | null {
  const trans = useTrans();
  const { parameters, inputs, outputs } = run.card;
  const models = run.summary?.models ?? [];
  if (parameters.length + inputs.length + outputs.length === 0) {
    return null;
  }
  return (
    <ul className="ds-RunCard-line">
      {parameters.slice(0, SHOWN).map(([key, text]) => (
        <li key={key} title={`${key} ${text}`}>
          <span className="ds-muted">{key}</span> <code>{text}</code>
        </li>
      ))}
      {parameters.length > SHOWN && (
        <li>+ {formatCount(parameters.length - SHOWN)}</li>
      )}
      {inputs.length > 0 && (
        <li title={inputs.slice(0, SHOWN).join('\n')}>
          <Icon name="file" />
          {trans._n(
            '%2 input',
            '%2 inputs',
            inputs.length,
            formatCount(inputs.length)
          )}
        </li>
      )}
      {outputs.length > 0 && (
        <li title={outputs.slice(0, SHOWN).join('\n')}>
          <Icon name={models.length > 0 ? 'model' : 'file'} />
          {trans._n(
            '%2 output',
            '%2 outputs',
            outputs.length,
            formatCount(outputs.length)
          )}
          {models.length > 0 && (
            <>
              {', '}
              {trans.__('model')}{' '}
              <b>{models.map(({ name }) => name).join(', ')}</b>
            </>
          )}
        </li>
      )}
    </ul>
  );
}
