/** The panel before the first run: what to put in a cell, what is tracked and what that costs. */
import type { Status, Workspace } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { ExampleCode } from './ExampleCode';
import { FIRST_RUN_EXAMPLE } from './example';
import type { WorkspacePanelCallbacks } from './props';
import { WhatIsTracked } from './WhatIsTracked';

export function FirstMinute(props: {
  readonly workspace: Workspace;
  readonly status: Status;
  readonly callbacks: WorkspacePanelCallbacks;
}): JSX.Element {
  const { callbacks } = props;
  const { insertExample } = callbacks;
  const trans = useTrans();
  return (
    <div className="ds-FirstMinute">
      <section className="ds-FirstMinute-part">
        <h3 className="ds-FirstMinute-title">{trans.__('Your first run')}</h3>
        <p>
          {trans.__(
            'Put this in a cell and run it. The run and a snapshot of this workspace appear here.'
          )}
        </p>
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
