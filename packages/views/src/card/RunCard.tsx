/** What a notebook shows where a cell published: one run as a card, several as a short table. */
import type { Directions } from '@dotscience/core';
import React from 'react';

import { ClockProvider, HOST_CLOCK } from '../host/clock';
import { WithTrans } from '../host/trans';
import { useRuns } from '../parts/useRuns';
import { known } from './known';
import { ManyRuns } from './ManyRuns';
import { OneRun } from './OneRun';
import type { RunCardProps } from './props';

const GUESSED: Directions = {};

export function RunCard(props: RunCardProps): JSX.Element {
  const { data, trans, clock = HOST_CLOCK } = props;
  const list = useRuns(props.runs);
  const runs = data.runs.map(card => known(card, list));
  const shared = {
    list,
    directions: props.directions ?? GUESSED,
    metric: props.metric ?? null,
    openRun: props.openRun,
    curves: props.curves,
    wantCurve: props.wantCurve,
    undeclared: props.undeclared
  };
  const single = data.total === 1 && runs.length === 1;
  return (
    <WithTrans trans={trans}>
      <ClockProvider value={clock}>
        {single ? (
          <OneRun run={runs[0]} {...shared} />
        ) : (
          <ManyRuns runs={runs} total={data.total} {...shared} />
        )}
      </ClockProvider>
    </WithTrans>
  );
}
