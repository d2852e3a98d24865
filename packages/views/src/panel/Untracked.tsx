/** The panel where there is no workspace. */
import type { ErrorBody } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';

export function Untracked(props: {
  readonly error: ErrorBody | null;
}): JSX.Element {
  const trans = useTrans();
  const { error } = props;
  return (
    <div className="ds-Untracked">
      <h2 className="ds-FirstMinute-title">
        {trans.__('Nothing is tracked here')}
      </h2>
      <p>
        {trans.__(
          'Open a notebook: its folder, or its Git root, becomes the workspace.'
        )}
      </p>
      {error && (
        <p className="ds-muted">
          {error.message} {error.next}
        </p>
      )}
    </div>
  );
}
