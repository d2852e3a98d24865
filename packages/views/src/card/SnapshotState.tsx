/** What became of a run's snapshot, in one line; nothing where it is not known. */
import {
  formatDuration,
  shortSnapshotId,
  type RunSummary
} from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';

export function SnapshotState(props: {
  readonly summary: RunSummary | null;
}): JSX.Element | null {
  const trans = useTrans();
  if (!props.summary) {
    return null;
  }
  const { state, id, duration_s } = props.summary.snapshot;
  switch (state) {
    case 'pending':
      return (
        <span className="ds-RunCard-snapshot">
          {trans.__('Snapshot pending')}
        </span>
      );
    case 'failed':
      return (
        <span className="ds-RunCard-snapshot ds-mod-error">
          <Icon name="look" />
          {trans.__('Snapshot failed')}
        </span>
      );
    default:
      return (
        <span className="ds-RunCard-snapshot ds-mod-ok">
          <Icon name="check" />
          {duration_s === null
            ? trans.__('Snapshot %1 saved', shortSnapshotId(id ?? ''))
            : trans.__(
                'Snapshot %1 saved in %2',
                shortSnapshotId(id ?? ''),
                formatDuration(duration_s)
              )}
        </span>
      );
  }
}
