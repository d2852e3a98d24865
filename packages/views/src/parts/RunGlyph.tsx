/** The state of a run as a shape and a word. */
import type { RunGlyph, RunSummary } from '@dotscience/core';
import React from 'react';

import type { Trans } from '../host/trans';
import { Icon } from '../icons/Icon';

export function RunGlyphIcon(props: {
  readonly glyph: RunGlyph;
  readonly label: string;
}): JSX.Element {
  return (
    <span className={`ds-Glyph ds-mod-${props.glyph}`} title={props.label}>
      <Icon name={props.glyph} label={props.label} />
    </span>
  );
}

type Stated = Pick<RunSummary, 'state' | 'conflict' | 'snapshot' | 'ending'>;

/** The word for a glyph; what needs a look says why. */
export function stateWord(glyph: RunGlyph, run: Stated, trans: Trans): string {
  switch (glyph) {
    case 'running':
      return trans.__('Running');
    case 'best':
      return trans.__('Best so far');
    case 'published':
      return trans.__('Published');
    case 'ended':
      return trans.__('Ended without publishing');
    case 'failed':
      return run.state === 'interrupted'
        ? trans.__('Crashed')
        : trans.__('Failed');
    case 'look':
      return reason(run, trans);
  }
}

function reason(run: Stated, trans: Trans): string {
  if (run.state === 'interrupted') {
    return run.ending === 'lost'
      ? trans.__('Lost with its machine')
      : trans.__('Interrupted');
  }
  return run.conflict
    ? trans.__('Two versions of this run')
    : trans.__('Snapshot failed');
}
