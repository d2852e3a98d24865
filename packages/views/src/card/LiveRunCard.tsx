/** What a notebook shows below a cell while a run goes on in it: values, the curve so far, progress. */
import {
  RunList,
  type Directions,
  type LiveRun,
  type RunStore,
  type Series
} from '@dotscience/core';
import React, { useEffect } from 'react';

import { ClockProvider, HOST_CLOCK, type Clock } from '../host/clock';
import { useTrans, WithTrans, type Trans } from '../host/trans';
import { headline, LiveCard } from '../panel/LiveCard';
import { Button } from '../parts/Button';
import { useRuns } from '../parts/useRuns';

export interface LiveRunCardProps {
  readonly run: LiveRun;
  readonly runs?: RunStore | null;
  readonly metric?: string | null;
  readonly directions?: Directions;
  /** Of the metric that was wanted last. */
  readonly curve?: Series | null;
  /** The curve of this metric is on screen. */
  readonly wantCurve?: (run: string, key: string) => void;
  readonly openRun?: (id: string) => void;
  readonly trans?: Trans;
  readonly clock?: Clock;
}

const GUESSED: Directions = {};

export function LiveRunCard(props: LiveRunCardProps): JSX.Element {
  const { trans, clock = HOST_CLOCK, run, metric = null, openRun } = props;
  const list = useRuns(props.runs) ?? RunList.empty;
  const key = headline(run, metric)?.key ?? null;
  const { wantCurve } = props;
  useEffect(() => {
    if (key !== null) {
      wantCurve?.(run.id, key);
    }
    // `wantCurve` is made anew with every drawing of the host.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [run.id, key]);
  return (
    <WithTrans trans={trans}>
      <ClockProvider value={clock}>
        <div className="ds-RunCard ds-mod-live">
          <LiveCard
            run={run}
            over={false}
            list={list}
            metric={metric}
            directions={props.directions ?? GUESSED}
            curve={props.curve ?? null}
          />
          {openRun && <Foot open={() => openRun(run.id)} />}
        </div>
      </ClockProvider>
    </WithTrans>
  );
}

function Foot({ open }: { open(): void }): JSX.Element {
  const trans = useTrans();
  return (
    <footer className="ds-RunCard-foot">
      <Button onClick={open}>{trans.__('Open run')}</Button>
    </footer>
  );
}
