/** One run: what came out, from what, where, and how to bring it back. */
import {
  directionOf,
  formatCount,
  inReadingOrder,
  listMetric,
  previousBest,
  type Direction,
  type Directions,
  type Job,
  type Run,
  type RunList,
  type RunSummary
} from '@dotscience/core';
import React, { useMemo, useState } from 'react';

import { Acts } from '../bringing/Acts';
import type { Act } from '../bringing/props';
import { useTrans, type Trans } from '../host/trans';
import { isGoing, JobItem } from '../panel/JobItem';
import { Page, Unready } from '../parts/Page';
import { useRuns } from '../parts/useRuns';
import { Repetitions } from '../rerun/Repetitions';
import { RunAgain } from '../rerun/RunAgain';
import { VerdictSection } from '../rerun/VerdictSection';
import { Tabs, type Tab } from '../parts/Tabs';
import { Cells } from './cells/Cells';
import { EnvironmentTab } from './environment/EnvironmentTab';
import { FilesTab } from './FilesTab';
import { Logs } from './logs/Logs';
import { Media } from './media/Media';
import { Overview } from './Overview';
import { dataOf, NO_PARTS, type RunParts } from './parts';
import type { RunPageCallbacks, RunPageModel, RunPageProps } from './props';
import { RunHeader } from './RunHeader';
import { RunNotices } from './RunNotices';

export function RunPage(props: RunPageProps): JSX.Element {
  const { trans, clock, model, callbacks } = props;
  return (
    <Page className="ds-RunPage" trans={trans} clock={clock}>
      <Phase model={model} callbacks={callbacks} />
    </Page>
  );
}

interface PhaseProps {
  readonly model: RunPageModel;
  readonly callbacks: RunPageCallbacks;
}

function Phase({ model, callbacks }: PhaseProps): JSX.Element {
  const trans = useTrans();
  return model.phase === 'ready' ? (
    <Ready {...model} callbacks={callbacks} />
  ) : (
    <Unready
      model={model}
      loading={trans.__('Loading run')}
      retry={callbacks.retry}
    />
  );
}

type ReadyProps = Extract<RunPageModel, { phase: 'ready' }> & {
  readonly callbacks: RunPageCallbacks;
};

function Ready(props: ReadyProps): JSX.Element {
  const { run, directions, jobs, acts = [], callbacks, rerun } = props;
  const list = useRuns(props.runs);
  const { metric, before, isBest } = useStanding(
    run,
    list,
    props.metric,
    directions
  );
  const own = jobs.filter(
    job => job.run === run.id && isGoing(job) && !isOf(acts, job)
  );
  return (
    <>
      <RunHeader run={run} isBest={isBest} callbacks={callbacks} />
      <div className="ds-RunPage-body">
        {rerun?.asks && callbacks.rerun && (
          <RunAgain
            plan={rerun.plan}
            callbacks={callbacks.rerun}
            close={() => callbacks.rerun?.ask(false)}
          />
        )}
        {rerun && (
          <VerdictSection
            run={run}
            verdict={rerun.verdict}
            openRun={callbacks.openRun}
          />
        )}
        <RunNotices run={run} callbacks={callbacks} />
        {callbacks.acts && <Acts acts={acts} callbacks={callbacks.acts} />}
        {own.map(job => (
          <JobItem key={job.id} job={job} cancel={callbacks.cancelJob} />
        ))}
        <Pages
          {...{ run, list, metric, before, directions, callbacks }}
          parts={props.parts ?? NO_PARTS}
        />
        <Repetitions
          repetitions={run.repetitions}
          openRun={callbacks.openRun}
        />
      </div>
    </>
  );
}

// An act shows its own job.
const isOf = (acts: readonly Act[], job: Job): boolean =>
  acts.some(({ state }) => state.kind === 'going' && state.job?.id === job.id);

type TabKey = 'overview' | 'cells' | 'files' | 'environment' | 'logs' | 'media';

function Pages(props: React.ComponentProps<typeof Overview>): JSX.Element {
  const { run, parts, callbacks } = props;
  const trans = useTrans();
  const [chosen, setChosen] = useState<TabKey>('overview');
  const tabs = tabsOf(run, parts, trans);
  // What a tab shows may be gone with another state of the run.
  const key = tabs.some(tab => tab.key === chosen) ? chosen : 'overview';
  return (
    <Tabs<TabKey>
      tabs={tabs}
      chosen={key}
      choose={setChosen}
      label={trans.__('Parts of the run')}
    >
      {key === 'overview' && <Overview {...props} />}
      {key === 'cells' && (
        <Cells
          run={run}
          part={parts.cells}
          callbacks={callbacks}
          first={null}
        />
      )}
      {key === 'files' && <FilesTab run={run} callbacks={callbacks} />}
      {key === 'environment' && (
        <EnvironmentTab {...{ run, parts, callbacks }} />
      )}
      {key === 'logs' && (
        <Logs run={run} part={parts.log} callbacks={callbacks} rows={30} />
      )}
      {key === 'media' && <Media run={run} callbacks={callbacks} first={24} />}
    </Tabs>
  );
}

/** What a run has nothing of has no tab. */
function tabsOf(run: Run, parts: RunParts, trans: Trans): Tab<TabKey>[] {
  const cells = dataOf(parts.cells);
  const log = dataOf(parts.log);
  const files = run.inputs.length + run.outputs.length + run.undeclared.length;
  const executions = cells
    ? cells.executions.length + cells.earlier
    : (run.cells?.count ?? 0);
  const lines = log?.total ?? run.log?.lines ?? 0;
  const tabs: (Tab<TabKey> | false)[] = [
    { key: 'overview', title: trans.__('Overview') },
    executions > 0 && {
      key: 'cells',
      title: trans.__('Cells'),
      count: formatCount(executions)
    },
    { key: 'files', title: trans.__('Files'), count: formatCount(files) },
    { key: 'environment', title: trans.__('Environment') },
    lines > 0 && {
      key: 'logs',
      title: trans.__('Logs'),
      count: formatCount(lines)
    },
    run.media.length > 0 && {
      key: 'media',
      title: trans.__('Media'),
      count: formatCount(run.media.length)
    }
  ];
  return tabs.filter(tab => tab !== false);
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
    // What still goes on is newer than every run of the list.
    const seq = list.get(run.id)?.seq ?? Infinity;
    return {
      metric,
      before: previousBest(list, metric, direction, { seq }),
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
