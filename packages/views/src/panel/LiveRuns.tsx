/** What runs now: three cards, the others in a fold with one line each. */
import {
  formatCount,
  formatElapsed,
  formatValue,
  metricOf,
  runTitle,
  type LiveRun
} from '@dotscience/core';
import React, { useEffect, useMemo, useState } from 'react';

import { useNow } from '../host/clock';
import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { headline, LiveCard, type LiveCardProps } from './LiveCard';
import type { WorkspacePanelCallbacks } from './props';
import { useSlots } from './slots';

const CARDS = 3;

interface LiveRunsProps extends Omit<LiveCardProps, 'run' | 'over' | 'curve'> {
  readonly running: readonly LiveRun[];
  /** Nothing below may move: the pointer is on it. */
  readonly still: boolean;
  readonly curves?: LiveCurves;
  readonly wantCurves?: WorkspacePanelCallbacks['wantCurves'];
}

export type LiveCurves = ReadonlyMap<string, LiveCardProps['curve']>;

export function LiveRuns(props: LiveRunsProps): JSX.Element | null {
  const { running, still, curves, wantCurves, ...card } = props;
  const slots = useSlots(running, still);
  const cards = slots.slice(0, CARDS);
  useWanted(
    cards.filter(({ over }) => !over).map(({ run }) => run),
    card.metric,
    wantCurves
  );
  return slots.length === 0 ? null : (
    <div className="ds-LiveRuns">
      {cards.map(({ run, over }, i) => (
        <LiveCard
          {...card}
          key={i}
          run={run}
          over={over}
          curve={curves?.get(run.id) ?? null}
        />
      ))}
      {slots.length > CARDS && (
        <Others
          runs={slots.slice(CARDS).map(({ run }) => run)}
          metric={card.metric}
        />
      )}
    </div>
  );
}

/** Says which curves are on screen, again only when that changes. */
function useWanted(
  runs: readonly LiveRun[],
  metric: string | null,
  want: WorkspacePanelCallbacks['wantCurves']
): void {
  const key = JSON.stringify(
    runs.flatMap(run => {
      const value = headline(run, metric);
      return value ? [{ run: run.id, key: value.key }] : [];
    })
  );
  const wanted = useMemo(
    () => JSON.parse(key) as { run: string; key: string }[],
    [key]
  );
  useEffect(() => want?.(wanted), [wanted, want]);
}

function Others(props: {
  readonly runs: readonly LiveRun[];
  readonly metric: string | null;
}): JSX.Element {
  const trans = useTrans();
  const [open, setOpen] = useState(false);
  const { runs } = props;
  return (
    <div className="ds-LiveOthers">
      <button
        type="button"
        className="ds-Fold-toggle"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name={open ? 'chevron-down' : 'chevron-right'} />
        {trans.__('+ %1 running', formatCount(runs.length))}
      </button>
      {open && (
        <ul>
          {runs.map(run => (
            <Other key={run.id} run={run} metric={props.metric} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Other(props: {
  readonly run: LiveRun;
  readonly metric: string | null;
}): JSX.Element {
  const now = useNow(1_000);
  const { run, metric } = props;
  const title = runTitle(run);
  const value = (metric && metricOf(run, metric)) || run.metrics[0] || null;
  const { progress } = run;
  return (
    <li className="ds-LiveOther">
      <span className="ds-LiveOther-title" title={title}>
        {title}
      </span>
      {value && <b title={value.key}>{formatValue(value)}</b>}
      <span className="ds-muted">
        {progress?.total
          ? `${formatCount(progress.done)}/${formatCount(progress.total)}`
          : formatElapsed((now - Date.parse(run.started)) / 1_000)}
      </span>
    </li>
  );
}
