/** The path of a changed file; a button where the host can open it, or show the versions of a deleted one. */
import type { Change } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { PathText } from '../parts/PathText';

export function ChangePath(props: {
  readonly change: Change;
  readonly openFile?: (path: string) => void;
  readonly showVersions?: (path: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const { change, openFile, showVersions } = props;
  const { path, kind } = change;
  const isGone = kind === 'deleted';
  const open = isGone ? showVersions : openFile;
  return open && typeof path === 'string' ? (
    <button
      type="button"
      className="ds-ChangeRow-path"
      title={isGone ? trans.__('Versions of %1', path) : undefined}
      onClick={() => open(path)}
    >
      <PathText path={path} />
    </button>
  ) : (
    <span className="ds-ChangeRow-path">
      <PathText path={path} />
    </span>
  );
}
