/** The head of the panel: the workspace's name, how its snapshots are taken, its hub. */
import type { Workspace } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';

export function Header({
  workspace
}: {
  readonly workspace: Workspace;
}): JSX.Element {
  const trans = useTrans();
  const { name, path, driver, driver_reason } = workspace;
  return (
    <header className="ds-Header">
      <h2 className="ds-Header-name" title={path}>
        {name}
      </h2>
      <div className="ds-Header-facts">
        <span
          title={trans.__(
            'Snapshots by the driver %1. %2',
            driver,
            driver_reason
          )}
        >
          <Icon name="camera" label={trans.__('Snapshots by')} />
          {driver}
        </span>
        <span title={trans.__('Everything stays on this machine.')}>
          <Icon name="cloud" />
          {trans.__('No hub')}
        </span>
      </div>
    </header>
  );
}
