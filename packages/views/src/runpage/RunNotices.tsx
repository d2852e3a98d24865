/** What one should know before relying on a run: what is missing, pending, doubtful. */
import {
  formatCount,
  shortRunId,
  snapshotLack,
  type Run
} from '@dotscience/core';
import React from 'react';

import { useNow } from '../host/clock';
import { useTrans, type Trans } from '../host/trans';
import { Button } from '../parts/Button';
import { firstNames } from '../parts/first-names';
import { NoticeBox, type Severity } from '../parts/NoticeBox';
import type { RunPageCallbacks } from './props';

const LOOK_MS = 5000;

interface RunNotice {
  readonly severity: Severity;
  readonly title: string;
  readonly text?: string;
  readonly kept?: string;
  readonly next?: string;
  /** The run's own words, as text. */
  readonly quote?: string;
  readonly asksToTrack?: boolean;
}

export function RunNotices(props: {
  readonly run: Run;
  readonly callbacks: RunPageCallbacks;
}): JSX.Element {
  const { run, callbacks } = props;
  const { track } = callbacks;
  const trans = useTrans();
  const now = useNow(LOOK_MS);
  return (
    <>
      {noticesOf(run, trans, now).map(({ quote, asksToTrack, ...notice }) => (
        <NoticeBox
          key={notice.title}
          {...notice}
          actions={
            asksToTrack && track ? (
              <Button onClick={() => track(true)}>
                {trans.__('Track this folder')}
              </Button>
            ) : null
          }
        >
          {quote && <pre className="ds-Notice-detail">{quote}</pre>}
        </NoticeBox>
      ))}
    </>
  );
}

function noticesOf(run: Run, trans: Trans, now: number): RunNotice[] {
  return [
    failure(run, trans),
    interruption(run, trans),
    incomplete(run, trans),
    conflict(run, trans),
    snapshotNotice(run, trans, now),
    notKept(run, trans),
    changed(run, trans),
    unstable(run, trans)
  ].filter(notice => notice !== null);
}

function failure({ state, error }: Run, trans: Trans): RunNotice | null {
  return state === 'failed'
    ? {
        severity: 'error',
        title: trans.__('The run failed'),
        quote: error ?? undefined
      }
    : null;
}

function interruption({ state }: Run, trans: Trans): RunNotice | null {
  return state === 'interrupted'
    ? {
        severity: 'warning',
        title: trans.__('The process ended before the run was published'),
        kept: trans.__('Every value written until then.')
      }
    : null;
}

function incomplete({ context }: Run, trans: Trans): RunNotice | null {
  return context?.incomplete
    ? {
        severity: 'warning',
        title: trans.__('Values may be missing'),
        text: trans.__(
          'The disk did not take everything that the run recorded.'
        ),
        kept: trans.__('Everything written before and after.')
      }
    : null;
}

function conflict({ conflict }: Run, trans: Trans): RunNotice | null {
  return conflict
    ? {
        severity: 'warning',
        title: trans.__('Two different run blocks carry this id'),
        kept: trans.__('Every version. This page shows the first.')
      }
    : null;
}

function snapshotNotice(run: Run, trans: Trans, now: number): RunNotice | null {
  switch (snapshotLack(run, now)) {
    case 'pending':
      return run.state === 'running'
        ? null
        : {
            severity: 'info',
            title: trans.__('Snapshot pending'),
            text: trans.__(
              'The run is recorded. Its files follow in the background; you can go on working.'
            )
          };
    case 'failed':
      return {
        severity: 'error',
        title: trans.__('Run %1 has no snapshot', shortRunId(run.id)),
        kept: trans.__(
          'The run with its metrics, and the outputs pinned at publish.'
        ),
        next: trans.__('Save a snapshot now; later runs are not affected.')
      };
    case 'unsealed':
      return {
        severity: 'info',
        title: trans.__('Snapshot saved, hashes pending'),
        text: trans.__('Its bytes are safe here; they can be verified soon.')
      };
    default:
      return null;
  }
}

// What lies outside is not ours to keep: its row says so, which is enough.
function notKept({ inputs, outputs }: Run, trans: Trans): RunNotice | null {
  const files = [...inputs, ...outputs].filter(
    ({ state, outside }) => state === 'fingerprint' && !outside
  );
  if (files.length === 0) {
    return null;
  }
  return {
    severity: 'warning',
    title: trans._n(
      'The bytes of %2 file are not kept',
      'The bytes of %2 files are not kept',
      files.length,
      formatCount(files.length)
    ),
    text: firstNames(files.map(({ path }) => path)),
    kept: trans.__('Size and time of each.'),
    next: trans.__('Track this folder to keep bytes from now on.'),
    asksToTrack: true
  };
}

// Runs that follow each other within a moment share a snapshot, which sees only the last state.
function changed({ inputs, outputs }: Run, trans: Trans): RunNotice | null {
  const files = [...inputs, ...outputs].filter(
    ({ state }) => state === 'changed'
  );
  if (files.length === 0) {
    return null;
  }
  return {
    severity: 'warning',
    title: trans._n(
      '%2 file was written again before its bytes were stored',
      '%2 files were written again before their bytes were stored',
      files.length,
      formatCount(files.length)
    ),
    text: firstNames(files.map(({ path }) => path)),
    kept: trans.__('The run, and every file that was not written again.'),
    next: trans.__(
      'Bringing the run back leaves them out. Declare outputs with ds.output: their bytes are taken when the run is published.'
    )
  };
}

function unstable({ snapshot_detail }: Run, trans: Trans): RunNotice | null {
  const files = snapshot_detail?.unstable ?? [];
  return files.length === 0
    ? null
    : {
        severity: 'warning',
        title: trans._n(
          '%2 file changed while the snapshot was taken',
          '%2 files changed while the snapshot was taken',
          files.length,
          formatCount(files.length)
        ),
        text: firstNames(files),
        kept: trans.__('The last state read, marked as unstable.')
      };
}
