/** How often a run was repeated, and what came out. */
import { formatCount, shortRunId, type Repetition } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { Section } from '../parts/Section';
import { useMoment } from '../parts/useMoment';
import type { RerunCallbacks } from './props';
import { VerdictIcon } from './VerdictSection';
import { verdictWord } from './words';

/** Nothing where it never was. */
export function Repetitions(props: {
  readonly repetitions: readonly Repetition[];
  readonly openRun: RerunCallbacks['openRun'];
}): JSX.Element | null {
  const trans = useTrans();
  const moment = useMoment();
  const { repetitions } = props;
  if (repetitions.length === 0) {
    return null;
  }
  return (
    <Section
      icon="again"
      title={trans.__('Repetitions')}
      count={formatCount(repetitions.length)}
    >
      <ul className="ds-Repetitions">
        {repetitions.map(({ run, verdict, time }) => (
          <li key={run} className={`ds-mod-${verdict}`}>
            <VerdictIcon verdict={verdict} />
            {verdictWord(verdict, trans)}
            <Button
              look="link"
              label={trans.__('Open run %1', shortRunId(run))}
              onClick={() => props.openRun(run)}
            >
              {shortRunId(run)}
            </Button>
            <span className="ds-meta">{moment(time)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
