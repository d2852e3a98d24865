/** What is tracked and what it costs, with the question to keep what was held back for its size. */
import {
  formatBytes,
  formatCount,
  type Cost,
  type Status,
  type Workspace
} from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { PathText } from '../parts/PathText';
import { HeldBack } from './HeldBack';
import type { WorkspacePanelCallbacks } from './props';

export function WhatIsTracked(props: {
  readonly workspace: Workspace;
  readonly status: Status;
  readonly callbacks: WorkspacePanelCallbacks;
}): JSX.Element {
  const { workspace, callbacks } = props;
  const { cost } = props.status;
  const { openIgnoreFile, changeFolder, editPolicy } = callbacks;
  const trans = useTrans();
  return (
    <section className="ds-FirstMinute-part">
      <h3 className="ds-FirstMinute-heading">{trans.__('What is tracked')}</h3>
      <div className="ds-Fact">
        <Icon name="folder" />
        <div>
          <PathText path={workspace.path} mono />
          <p className="ds-meta">
            {counts(cost, trans)} {reason(workspace, trans)}
          </p>
        </div>
      </div>
      <div className="ds-Fact">
        <Icon name="eye" />
        <div>
          <Ignored ignored={cost.ignored} />
          {openIgnoreFile && (
            <Button look="link" onClick={openIgnoreFile}>
              {trans.__('Edit .dotscienceignore')}
            </Button>
          )}
        </div>
      </div>
      <HeldBack cost={cost} track={callbacks.track} />
      {editPolicy && (
        <Button wide onClick={() => editPolicy(true)}>
          {trans.__('Change what is tracked')}
        </Button>
      )}
      {changeFolder && (
        <Button wide onClick={changeFolder}>
          {trans.__('Change folder…')}
        </Button>
      )}
    </section>
  );
}

function Ignored({
  ignored
}: {
  readonly ignored: readonly string[];
}): JSX.Element {
  const trans = useTrans();
  if (ignored.length === 0) {
    return (
      <p>
        {trans.__('Caches, environments and credential files are not tracked.')}
      </p>
    );
  }
  return (
    <p>
      {trans.__('Not tracked:')}{' '}
      {ignored.map((name, i) => (
        <React.Fragment key={name}>
          {i > 0 && ', '}
          <code>{name}</code>
        </React.Fragment>
      ))}
    </p>
  );
}

function counts({ counted, files, bytes }: Cost, trans: Trans): string {
  if (!counted) {
    return trans.__('Counting files.');
  }
  return trans._n(
    '%2 file, %3.',
    '%2 files, %3.',
    files,
    formatCount(files),
    formatBytes(bytes)
  );
}

function reason({ reason }: Workspace, trans: Trans): string {
  switch (reason) {
    case 'tracked-parent':
      return trans.__('Nearest tracked folder.');
    case 'git-root':
      return trans.__('Nearest Git root.');
    case 'folder':
      return trans.__("The notebook's folder.");
    case 'home':
      return trans.__(
        'Home folder: only notebooks and declared files are kept.'
      );
  }
}
