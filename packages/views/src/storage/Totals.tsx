/** How much is stored of what, how much is free, and the budget, which is changed in place. */
import {
  formatBytes,
  formatFull,
  parseSize,
  readableSize,
  type Storage
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { NoticeBox } from '../parts/NoticeBox';
import { useMoment } from '../parts/useMoment';
import { Field } from '../policy/Limits';
import type { StorageCallbacks } from './props';

interface TotalsProps {
  readonly storage: Storage;
  readonly callbacks: StorageCallbacks;
}

export function Totals({ storage, callbacks }: TotalsProps): JSX.Element {
  const trans = useTrans();
  const { bytes, budget_bytes, free_bytes } = storage;
  return (
    <section aria-label={trans.__('Totals')} className="ds-Storage-totals">
      {bytes > budget_bytes && (
        <NoticeBox
          severity="warning"
          title={trans.__(
            '%1 over the budget of %2',
            formatBytes(bytes - budget_bytes),
            formatBytes(budget_bytes)
          )}
          kept={trans.__('Everything.')}
          next={trans.__(
            'Give up large outputs of old runs below, or raise the budget.'
          )}
        />
      )}
      <dl className="ds-Storage-tiles">
        <Tile name={trans.__('Stored')} bytes={bytes} large />
        <Tile name={trans.__('Chunks')} bytes={storage.chunks_bytes} />
        <Tile name={trans.__('Objects')} bytes={storage.objects_bytes} />
        <Tile name={trans.__('Records')} bytes={storage.records_bytes} />
        <Tile name={trans.__('Free on the disk')} bytes={free_bytes} />
      </dl>
      <Bar storage={storage} />
      <div className="ds-Storage-budget">
        <Budget storage={storage} callbacks={callbacks} />
        <Counted counted={storage.counted} />
      </div>
    </section>
  );
}

function Tile(props: {
  readonly name: string;
  readonly bytes: number;
  readonly large?: boolean;
}): JSX.Element {
  return (
    <div className={`ds-Storage-tile${props.large ? ' ds-mod-large' : ''}`}>
      <dt>{props.name}</dt>
      <dd>{formatBytes(props.bytes)}</dd>
    </div>
  );
}

/** How much of the budget is taken. */
function Bar({ storage }: { readonly storage: Storage }): JSX.Element {
  const trans = useTrans();
  const { bytes, budget_bytes } = storage;
  const share = budget_bytes > 0 ? Math.min(1, bytes / budget_bytes) : 1;
  return (
    <div
      className={`ds-Storage-bar${bytes > budget_bytes ? ' ds-mod-over' : ''}`}
      role="meter"
      aria-label={trans.__('Share of the budget that is taken')}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={trans.__(
        '%1 of %2',
        formatBytes(bytes),
        formatBytes(budget_bytes)
      )}
    >
      <div style={{ width: `${share * 100}%` }} />
    </div>
  );
}

function Budget({ storage, callbacks }: TotalsProps): JSX.Element {
  const trans = useTrans();
  const { budget_bytes, budget_default } = storage;
  const { setBudget } = callbacks;
  if (!setBudget) {
    return <p>{trans.__('Budget %1', formatBytes(budget_bytes))}</p>;
  }
  return (
    <>
      <Field
        label={
          budget_default ? trans.__('Budget (the default)') : trans.__('Budget')
        }
        value={readableSize(budget_bytes)}
        wrong={trans.__('A size like 50 GB')}
        read={text => parseSize(text, 'g')}
        save={bytes => void setBudget(bytes)}
      />
      {!budget_default && (
        <Button look="link" onClick={() => void setBudget(null)}>
          {trans.__('Use the default')}
        </Button>
      )}
    </>
  );
}

function Counted({
  counted
}: {
  readonly counted: string | null;
}): JSX.Element | null {
  const trans = useTrans();
  const moment = useMoment();
  const { zone } = useClock();
  return counted === null ? null : (
    <p className="ds-meta" title={formatFull(counted, zone)}>
      {trans.__('Counted %1', moment(counted))}
    </p>
  );
}
