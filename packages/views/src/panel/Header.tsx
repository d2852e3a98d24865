/** The head of the panel: the workspace's name, how its snapshots are taken, its hub. */
import type { Workspace } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { MenuButton, type MenuEntry } from '../parts/MenuButton';
import type { WorkspacePanelCallbacks } from './props';

export function Header({
  workspace,
  callbacks
}: {
  readonly workspace: Workspace;
  readonly callbacks: WorkspacePanelCallbacks;
}): JSX.Element {
  const trans = useTrans();
  const { name, path, driver, driver_reason } = workspace;
  return (
    <header className="ds-Header">
      <div className="ds-Header-top">
        <h2 className="ds-Header-name" title={path}>
          {name}
        </h2>
        <HeaderMenu callbacks={callbacks} />
      </div>
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

function HeaderMenu({
  callbacks
}: {
  readonly callbacks: WorkspacePanelCallbacks;
}): JSX.Element | null {
  const trans = useTrans();
  const { editPolicy, openStorage, verify } = callbacks;
  const entries: (MenuEntry | false | undefined)[] = [
    editPolicy && {
      icon: 'eye',
      text: trans.__('What is tracked'),
      choose: () => editPolicy(true)
    },
    openStorage && {
      icon: 'storage',
      text: trans.__('Storage'),
      choose: openStorage
    },
    verify && {
      icon: 'shield',
      text: trans.__('Verify stored bytes'),
      choose: verify
    }
  ];
  const shown = entries.filter(entry => !!entry);
  return shown.length === 0 ? null : (
    <MenuButton
      icon="more"
      label={trans.__('More of this workspace')}
      entries={shown}
    />
  );
}
