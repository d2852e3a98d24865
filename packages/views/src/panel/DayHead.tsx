/** The head of a day in the runs list. Rows say their day themselves, so it is for eyes only. */
import { momentOf } from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';

export function DayHead(props: {
  readonly recorded: string;
  readonly top: number;
}): JSX.Element {
  const trans = useTrans();
  const { now, zone } = useClock();
  const moment = momentOf(props.recorded, now(), zone);
  const words = { today: trans.__('Today'), yesterday: trans.__('Yesterday') };
  const text =
    moment === null
      ? trans.__('At an unknown time')
      : moment.day === 'other'
        ? moment.date
        : words[moment.day];
  return (
    <div className="ds-DayHead" style={{ top: props.top }} aria-hidden>
      {text}
    </div>
  );
}
