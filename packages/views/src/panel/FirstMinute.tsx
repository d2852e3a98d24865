/** The panel before the first run: what to put in a cell, what is tracked and what that costs. */
import type { Status, Workspace } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { ExampleCode } from './ExampleCode';
import { FIRST_RUN_EXAMPLE } from './example';
import { Drafts, shownDrafts } from './Drafts';
import type { WorkspacePanelCallbacks, WorkspacePanelModel } from './props';
import { WhatIsTracked } from './WhatIsTracked';

export function FirstMinute(props: {
  readonly workspace: Workspace;
  readonly status: Status;
  readonly model: WorkspacePanelModel;
  readonly callbacks: WorkspacePanelCallbacks;
}): JSX.Element {
  const { model, callbacks } = props;
  const { insertExample } = callbacks;
  const trans = useTrans();
  return (
    <div className="ds-FirstMinute">
      {shownDrafts(model).length > 0 && (
        <Drafts model={model} callbacks={callbacks} />
      )}
      <section className="ds-FirstMinute-part">
        <h3 className="ds-FirstMinute-title">{trans.__('Your first run')}</h3>
        <FirstWords model={model} callbacks={callbacks} />
        <ExampleCode />
        <Button
          wide
          look="filled"
          icon="copy"
          onClick={() => callbacks.copyExample(FIRST_RUN_EXAMPLE)}
        >
          {trans.__('Copy')}
        </Button>
        {insertExample && (
          <Button wide onClick={() => insertExample(FIRST_RUN_EXAMPLE)}>
            {trans.__('Insert in the open notebook')}
          </Button>
        )}
      </section>
      <WhatIsTracked {...props} />
      <p className="ds-FirstMinute-part ds-muted">
        {trans.__('Everything stays on this machine.')}
      </p>
    </div>
  );
}

/** What happens without a line of ours, where sessions are recorded, and what a line of ours adds. */
function FirstWords(props: {
  readonly model: WorkspacePanelModel;
  readonly callbacks: WorkspacePanelCallbacks;
}): JSX.Element {
  const trans = useTrans();
  const { capture } = props.model;
  const { turnOnCapture } = props.callbacks;
  return (
    <>
      {capture === true && (
        <p>
          {trans.__(
            'Work as always: run a cell, and its notebook session appears here with its code, files and environment. Keep makes it a run.'
          )}
        </p>
      )}
      {capture === false && (
        <p className="ds-muted">
          {trans.__('Recording sessions is off.')}{' '}
          {turnOnCapture && (
            <Button look="link" onClick={turnOnCapture}>
              {trans.__('Turn on')}
            </Button>
          )}
        </p>
      )}
      <p>
        {capture === true
          ? trans.__('Name parameters and metrics to compare runs by them:')
          : trans.__(
              'Put this in a cell and run it. The run and a snapshot of this workspace appear here.'
            )}
      </p>
    </>
  );
}
