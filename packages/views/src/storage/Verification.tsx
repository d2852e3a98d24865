/** The last check of every stored byte: what is damaged, what that touches, and a repair where it can be had. */
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFull,
  type Damaged,
  type VerifyReport
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { firstNames, NAMED } from '../parts/first-names';
import { NoticeBox } from '../parts/NoticeBox';
import { Section } from '../parts/Section';
import { useMoment } from '../parts/useMoment';
import type { StorageCallbacks } from './props';

const SHOWN = 20;

interface VerificationProps {
  readonly report: VerifyReport | null;
  readonly going: boolean;
  readonly callbacks: Pick<StorageCallbacks, 'openRun' | 'verify' | 'repair'>;
}

export function Verification(props: VerificationProps): JSX.Element {
  const { report, going, callbacks } = props;
  const { verify } = callbacks;
  const trans = useTrans();
  return (
    <Section
      icon="shield"
      title={trans.__('Check of every stored byte')}
      tools={
        verify && (
          <Button
            unavailable={going ? trans.__('A check is going on') : null}
            onClick={verify}
          >
            {trans.__('Verify')}
          </Button>
        )
      }
    >
      <div className="ds-Storage-part">
        {report === null ? (
          <p className="ds-muted">{trans.__('Not checked yet.')}</p>
        ) : (
          <Report report={report} callbacks={callbacks} />
        )}
      </div>
    </Section>
  );
}

function Report(props: {
  readonly report: VerifyReport;
  readonly callbacks: VerificationProps['callbacks'];
}): JSX.Element {
  const { report, callbacks } = props;
  const trans = useTrans();
  const moment = useMoment();
  const { zone } = useClock();
  const { damaged } = report;
  return (
    <>
      <p title={formatFull(report.time, zone)}>
        {trans.__(
          'Checked %1: %2 in %3 things, in %4.',
          moment(report.time),
          formatBytes(report.checked_bytes),
          formatCount(report.checked),
          formatDuration(report.duration_s)
        )}
      </p>
      {damaged.length === 0 ? (
        <p className="ds-Verdict-word ds-mod-ok">
          <Icon name="check" />
          {trans.__('Nothing is damaged')}
        </p>
      ) : (
        <Damages report={report} callbacks={callbacks} />
      )}
    </>
  );
}

function Damages(props: {
  readonly report: VerifyReport;
  readonly callbacks: VerificationProps['callbacks'];
}): JSX.Element {
  const { report, callbacks } = props;
  const { damaged, runs, repairable } = report;
  const { repair } = callbacks;
  const trans = useTrans();
  return (
    <>
      <NoticeBox
        severity="error"
        title={trans._n(
          '%2 thing in the store is damaged',
          '%2 things in the store are damaged',
          damaged.length,
          formatCount(damaged.length)
        )}
        kept={trans.__('Everything that it does not name.')}
        text={
          needless(report) ? trans.__('No run needs any of it.') : undefined
        }
        next={nextText(report, trans)}
        actions={
          repair &&
          repairable > 0 && (
            <Button look="filled" onClick={repair}>
              {trans.__('Repair %1', formatCount(repairable))}
            </Button>
          )
        }
      />
      {runs.length > 0 && (
        <>
          <h3>{trans.__('Runs it touches')}</h3>
          <ul className="ds-Storage-planned">
            {runs.slice(0, SHOWN).map(run => (
              <li key={run.run}>
                <Button look="link" onClick={() => callbacks.openRun(run.run)}>
                  {run.title}
                </Button>
                <span className="ds-meta">
                  {trans._n(
                    '%2 file',
                    '%2 files',
                    run.files,
                    formatCount(run.files)
                  )}
                </span>
              </li>
            ))}
            <More count={runs.length - SHOWN} />
          </ul>
        </>
      )}
      <h3>{trans.__('What is damaged')}</h3>
      <ul className="ds-Storage-damaged">
        {damaged.slice(0, SHOWN).map(thing => (
          <Thing key={`${thing.what} ${thing.name}`} thing={thing} />
        ))}
        <More count={damaged.length - SHOWN} />
      </ul>
    </>
  );
}

/** Only stored bytes are damaged, and no file is made of them. */
function needless({ damaged }: VerifyReport): boolean {
  return damaged.every(
    ({ what, file_count }) =>
      (what === 'xorb' || what === 'object') && file_count === 0
  );
}

function nextText(report: VerifyReport, trans: Trans): string | undefined {
  const { repairable } = report;
  if (repairable > 0) {
    return trans.__(
      'Files of the workspace still hold the bytes of %1 of them.',
      formatCount(repairable)
    );
  }
  return needless(report)
    ? undefined
    : trans.__(
        'Restore the store from a backup, or run again what made the files.'
      );
}

function More({ count }: { readonly count: number }): JSX.Element | null {
  return count > 0 ? (
    <li className="ds-meta">{`+ ${formatCount(count)}`}</li>
  ) : null;
}

function Thing({ thing }: { readonly thing: Damaged }): JSX.Element {
  const trans = useTrans();
  const { name, detail, files, file_count } = thing;
  const rest = file_count - Math.min(files.length, NAMED);
  return (
    <li>
      <b>{whatText(thing.what, trans)}</b> <code>{name}</code>
      <p className="ds-meta">{detail}</p>
      {files.length > 0 && (
        <p className="ds-meta">
          {firstNames(files.map(({ path }) => path))}
          {rest > 0 && `, + ${formatCount(rest)}`}
        </p>
      )}
    </li>
  );
}

function whatText(what: Damaged['what'], trans: Trans): string {
  switch (what) {
    case 'object':
      return trans.__('Object');
    case 'xorb':
      return trans.__('Chunks');
    case 'shard':
      return trans.__('Index of chunks');
    case 'record':
      return trans.__('Records');
    case 'manifest':
      return trans.__('Manifest');
    case 'missing':
      return trans.__('Missing');
    case 'held':
      return trans.__('Kept by the file system');
  }
}
