/** Something long that goes on: how far it is, and a way to stop it. */
import { formatBytes, formatCount, type Job } from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../host/trans';
import type { IconName } from '../icons/shapes';
import { Button } from '../parts/Button';
import { NoticeBox } from '../parts/NoticeBox';
import { Progress } from '../parts/Progress';

const ICONS: Readonly<Record<Job['kind'], IconName>> = {
  snapshot: 'camera',
  checkout: 'restore',
  rebuild: 'again',
  restore: 'restore',
  branch: 'branch',
  verify: 'shield',
  gc: 'storage',
  migrate: 'storage',
  rerun: 'again',
  bisect: 'again'
};

export function JobItem(props: {
  readonly job: Job;
  readonly cancel?: (id: string) => void;
}): JSX.Element {
  const { job, cancel } = props;
  const trans = useTrans();
  return (
    <NoticeBox severity="info" icon={ICONS[job.kind]} title={job.title}>
      <p>
        {job.state === 'waiting' ? trans.__('Waiting') : progress(job, trans)}
      </p>
      <Progress done={job.done} total={job.total} label={job.title} />
      {job.line && <p className="ds-JobItem-line ds-mod-mono">{job.line}</p>}
      <p className="ds-muted">
        {trans.__('You can go on working.')}{' '}
        {cancel && (
          <Button
            look="link"
            label={trans.__('Cancel: %1', job.title)}
            onClick={() => cancel(job.id)}
          >
            {trans.__('Cancel')}
          </Button>
        )}
      </p>
    </NoticeBox>
  );
}

/** Whether a job still goes on. */
export const isGoing = ({ state }: Job): boolean =>
  state === 'waiting' || state === 'running';

function progress(job: Job, trans: Trans): string {
  const amount = amountOf(job, trans);
  const { done_bytes, total_bytes } = job;
  if (done_bytes === null || total_bytes === null || job.unit === 'bytes') {
    return amount;
  }
  return trans.__(
    '%1, %2 of %3',
    amount,
    formatBytes(done_bytes),
    formatBytes(total_bytes)
  );
}

function amountOf({ unit, done, total }: Job, trans: Trans): string {
  const text = unit === 'bytes' ? formatBytes : formatCount;
  if (total === null) {
    const texts = {
      files: trans._n('%1 file', '%2 files', done, text(done)),
      records: trans._n('%1 record', '%2 records', done, text(done)),
      cells: trans._n('%1 cell', '%2 cells', done, text(done)),
      lines: trans._n('%1 line', '%2 lines', done, text(done)),
      bytes: text(done)
    };
    return texts[unit];
  }
  const texts = {
    files: trans.__('%1 of %2 files', text(done), text(total)),
    records: trans.__('%1 of %2 records', text(done), text(total)),
    cells: trans.__('%1 of %2 cells', text(done), text(total)),
    lines: trans.__('%1 of %2 lines', text(done), text(total)),
    bytes: trans.__('%1 of %2', text(done), text(total))
  };
  return texts[unit];
}
