/** One run of the storage table: what it holds alone, why it is kept, and its pin. */
import { formatBytes, formatFull, type RunStorage } from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Again } from '../parts/Again';
import { useMoment } from '../parts/useMoment';
import type { StorageCallbacks } from './props';

interface RunRowProps {
  readonly id: string;
  readonly row: RunStorage;
  readonly at: number;
  /** px from the top of the list. */
  readonly top: number;
  readonly active: boolean;
  choose(): void;
  readonly callbacks: Pick<StorageCallbacks, 'openRun' | 'pin'>;
}

export function RunRow(props: RunRowProps): JSX.Element {
  const { row, at, active, callbacks } = props;
  const trans = useTrans();
  const moment = useMoment();
  const { zone } = useClock();
  const pinned = row.kept_for.includes('pinned');
  const { pin } = callbacks;
  return (
    <div
      id={props.id}
      className={`ds-StorageRow${active ? ' ds-mod-active' : ''}`}
      role="row"
      aria-rowindex={at + 2}
      aria-selected={active}
      style={{ top: props.top }}
      onClick={props.choose}
    >
      <div role="gridcell" className="ds-StorageRow-title">
        <button
          type="button"
          tabIndex={-1}
          className="ds-Button ds-Button-link"
          title={row.title}
          onClick={() => callbacks.openRun(row.run)}
        >
          {row.title}
        </button>
        {row.repeats !== null && <Again repeats={row.repeats} />}
      </div>
      <div
        role="gridcell"
        className="ds-StorageRow-time"
        title={row.time === null ? undefined : formatFull(row.time, zone)}
      >
        {moment(row.time)}
      </div>
      <div role="gridcell" className="ds-StorageRow-alone">
        {formatBytes(row.alone_bytes)}
      </div>
      <div role="gridcell" className="ds-StorageRow-kept ds-muted">
        {row.kept_for.map(reason => keptText(reason, trans)).join(', ')}
        {row.thinned && trans.__('large outputs given up')}
      </div>
      <div role="gridcell" className="ds-StorageRow-pin">
        {pin && (
          <button
            type="button"
            tabIndex={-1}
            className={`ds-IconButton${pinned ? ' ds-mod-on' : ''}`}
            aria-pressed={pinned}
            aria-label={trans.__('Pin %1', row.title)}
            title={
              pinned ? trans.__('Unpin (p)') : trans.__('Keep all of it (p)')
            }
            onClick={() => void pin(row.run, !pinned)}
          >
            <Icon name="pin" />
          </button>
        )}
      </div>
    </div>
  );
}

function keptText(reason: RunStorage['kept_for'][0], trans: Trans): string {
  switch (reason) {
    case 'label':
      return trans.__('labelled');
    case 'pinned':
      return trans.__('pinned');
    case 'best':
      return trans.__('best');
    case 'newest':
      return trans.__('newest');
    case 'draft':
      return trans.__('a draft');
  }
}
