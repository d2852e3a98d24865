/** Marks what is no run of the user's own: another was run again. */
import { shortRunId } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';

export function Again(props: { readonly repeats: string }): JSX.Element {
  const trans = useTrans();
  return (
    <span
      className="ds-Again"
      title={trans.__('Repeats run %1', shortRunId(props.repeats))}
    >
      <Icon name="again" /> {trans.__('run again')}
    </span>
  );
}
