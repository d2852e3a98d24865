/** What can be done with a run. One button is filled: bringing back what the run was made in. */
import { shortRunId, type Run } from '@dotscience/core';
import React, { useState } from 'react';

import { BranchField } from '../bringing/BranchField';
import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import type { RunPageCallbacks } from './props';

export function Actions(props: {
  readonly run: Run;
  readonly callbacks: RunPageCallbacks;
}): JSX.Element | null {
  const { run } = props;
  const { openNotebookAsItWas, restore, branch, rerun } = props.callbacks;
  const trans = useTrans();
  // Null until it was asked and answered once.
  const [asks, setAsks] = useState<boolean | null>(null);
  const unavailable = useUnavailable(run);
  const opens = run.notebook !== null && openNotebookAsItWas;
  if (!opens && !restore && !branch && !rerun) {
    return null;
  }
  if (asks && branch) {
    return (
      <BranchField
        from={trans.__('run %1', shortRunId(run.id))}
        suggestion=""
        branch={name => branch(run.id, name)}
        close={() => setAsks(false)}
      />
    );
  }
  return (
    <div className="ds-Actions ds-RunHeader-actions">
      {opens && (
        <Button
          look="filled"
          icon="notebook"
          unavailable={unavailable}
          onClick={() => openNotebookAsItWas(run.id)}
        >
          {trans.__('Open notebook as it was')}
        </Button>
      )}
      {rerun && (
        <Button
          icon="again"
          title={trans.__('Runs its code again in a side folder and compares')}
          unavailable={unavailable}
          onClick={() => rerun.ask(true)}
        >
          {trans.__('Run again')}
        </Button>
      )}
      {restore && (
        <Button
          look={opens ? 'line' : 'filled'}
          icon="restore"
          title={trans.__('Makes a new folder; nothing is overwritten')}
          unavailable={unavailable}
          onClick={() => restore(run.id)}
        >
          {trans.__('Restore into a side folder')}
        </Button>
      )}
      {branch && (
        <Button
          icon="branch"
          autoFocus={asks === false}
          title={trans.__(
            'A new folder with the files of the run that goes on by itself'
          )}
          unavailable={unavailable}
          onClick={() => setAsks(true)}
        >
          {trans.__('Branch from here…')}
        </Button>
      )}
    </div>
  );
}

/** Why nothing can be brought back yet; null when it can. */
function useUnavailable({ state, snapshot }: Run): string | null {
  const trans = useTrans();
  if (state === 'running') {
    return trans.__('The run is still going on');
  }
  switch (snapshot.state) {
    case 'pending':
      return trans.__('The snapshot is not taken yet');
    case 'failed':
      return trans.__('The run has no snapshot');
    default:
      return null;
  }
}
