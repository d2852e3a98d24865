/** The path of a changed file; a button where the host can open it. */
import type { Change } from '@dotscience/core';
import React from 'react';

import { PathText } from '../parts/PathText';

export function ChangePath(props: {
  readonly change: Change;
  readonly openFile?: (path: string) => void;
}): JSX.Element {
  const { change, openFile } = props;
  const { path, kind } = change;
  return openFile && kind !== 'deleted' && typeof path === 'string' ? (
    <button
      type="button"
      className="ds-ChangeRow-path"
      onClick={() => openFile(path)}
    >
      <PathText path={path} />
    </button>
  ) : (
    <span className="ds-ChangeRow-path">
      <PathText path={path} />
    </span>
  );
}
