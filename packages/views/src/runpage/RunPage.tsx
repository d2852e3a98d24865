/** One run: what came out, from what, where, and how to bring it back. */
import {
  directionOf,
  inReadingOrder,
  listMetric,
  previousBest,
  type Direction,
  type Directions,
  type Run,
  type RunList,
  type RunSummary
} from '@dotscience/core';
import React, { useMemo } from 'react';

import { ClockProvider, HOST_CLOCK } from '../host/clock';
import { useTrans, WithTrans } from '../host/trans';
import { isGoing, JobItem } from '../panel/JobItem';
import { Delayed } from '../parts/Delayed';
import { useRuns } from '../parts/useRuns';
import { BlockText } from './BlockText';
import { Environment } from './Environment';
import { Files } from './Files';
import { Parameters } from './Parameters';
import type { RunPageCallbacks, RunPageModel, RunPageProps } from './props';
import { RunHeader } from './RunHeader';
import { RunError, RunNotices } from './RunNotices';
import { Tiles } from './Tiles';

export function RunPage(props: RunPageProps): JSX.Element {
  const { trans, clock = HOST_CLOCK, model, callbacks } = props;
  return (
    <WithTrans trans={trans}>
      <ClockProvider value={clock}>
        <article className="ds-RunPage">
          <Phase model={model} callbacks={callbacks} />
        </article>
      </ClockProvider>
    </WithTrans>
  );
}

interface PhaseProps {
  readonly model: RunPageModel;
  readonly callbacks: RunPageCallbacks;
}

function Phase({ model, callbacks }: PhaseProps): JSX.Element {
  switch (model.phase) {
    case 'loading':
      return <Loading />;
    case 'error':
      return (
        <div className="ds-RunPage-body">
          <RunError error={model.error} retry={callbacks.retry} />
        </div>
      );
    case 'ready':
      return <Ready {...model} callbacks={callbacks} />;
  }
}

function Loading(): JSX.Element {
  const trans = useTrans();
  return (
    <Delayed>
      <div
        className="ds-RunPage-loading"
        role="status"
        aria-label={trans.__('Loading run')}
      >
        <i className="ds-Skeleton-line" />
        <i className="ds-Skeleton-line" />
        <i className="ds-Skeleton-line" />
      </div>
    </Delayed>
  );
}

type ReadyProps = Extract<RunPageModel, { phase: 'ready' }> & {
  readonly callbacks: RunPageCallbacks;
};

function Ready(props: ReadyProps): JSX.Element {
  const { run, directions, jobs, callbacks } = props;
  const list = useRuns(props.runs);
  const { metric, before, isBest } = useStanding(
    run,
    list,
    props.metric,
    directions
  );
  const own = jobs.filter(job => job.run === run.id && isGoing(job));
  return (
    <>
      <RunHeader run={run} isBest={isBest} callbacks={callbacks} />
      <div className="ds-RunPage-body">
        <RunNotices run={run} callbacks={callbacks} />
        {own.map(job => (
          <JobItem key={job.id} job={job} cancel={callbacks.cancelJob} />
        ))}
        <Tiles
          run={run}
          headline={metric}
          list={list}
          before={before}
          directions={directions}
          openRun={callbacks.openRun}
        />
        <div className="ds-RunPage-columns">
          <Parameters run={run} before={before} />
          <div className="ds-RunPage-main">
            <Files run={run} side="inputs" callbacks={callbacks} />
            <Files run={run} side="outputs" callbacks={callbacks} />
            {run.block_text !== null && (
              <BlockText text={run.block_text} copyText={callbacks.copyText} />
            )}
          </div>
          <Environment run={run} />
        </div>
      </div>
    </>
  );
}

interface Standing {
  readonly metric: string | null;
  /** The best run before this one. */
  readonly before: RunSummary | null;
  readonly isBest: boolean;
}

/** Where a run stands among the others, by the list's metric or else its own first one. */
function useStanding(
  run: Run,
  list: RunList,
  chosen: string | null,
  directions: Directions
): Standing {
  return useMemo(() => {
    const metric = metricFor(
      run,
      listMetric(list, chosen, directions),
      directions
    );
    if (metric === null) {
      return { metric, before: null, isBest: false };
    }
    const direction: Direction = directionOf(metric, directions);
    return {
      metric,
      before: previousBest(list, metric, direction, run),
      isBest: list.best(metric, direction)?.seq === run.seq
    };
  }, [run, list, chosen, directions]);
}

function metricFor(
  run: Run,
  metric: string | null,
  directions: Directions
): string | null {
  const [first] = inReadingOrder(run.metrics, metric, directions);
  return first?.key ?? null;
}
