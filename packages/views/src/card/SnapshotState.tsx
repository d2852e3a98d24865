/** What became of a run's snapshot, in one line; nothing where it is not known. */
import {
  formatDuration,
  shortSnapshotId,
  snapshotLack,
  type RunSummary
} from '@dotscience/core';
import React from 'react';

import { useNow } from '../host/clock';
import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';

const LOOK_MS = 5000;

export function SnapshotState(props: {
  readonly summary: RunSummary | null;
}): JSX.Element | null {
  const trans = useTrans();
  const now = useNow(LOOK_MS);
  if (!props.summary) {
    return null;
  }
  const { id, duration_s } = props.summary.snapshot;
  switch (snapshotLack(props.summary, now)) {
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
    case 'unsealed':
      return (
        <span className="ds-RunCard-snapshot">
          {trans.__('Snapshot saved, hashes pending')}
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
