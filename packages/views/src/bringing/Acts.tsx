/** What was asked for here, in place: how far it is, what came of it, and the way back. */
import { shortSnapshotId, type JobResult } from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../host/trans';
import { JobItem } from '../panel/JobItem';
import { Button } from '../parts/Button';
import { CopyButton } from '../parts/CopyButton';
import { NoticeBox } from '../parts/NoticeBox';
import { Progress } from '../parts/Progress';
import { Lacking, lackingOf } from './Lacking';
import type { Act, ActCallbacks } from './props';
import { broughtTitle, failedTitle, goingTitle, subjectOf } from './words';

interface ActsProps {
  readonly acts: readonly Act[];
  readonly callbacks: ActCallbacks;
}

export function Acts({ acts, callbacks }: ActsProps): JSX.Element {
  return (
    <div className="ds-Acts" role="status">
      {acts.map(act => (
        <ActItem key={act.id} act={act} callbacks={callbacks} />
      ))}
    </div>
  );
}

interface ActProps {
  readonly act: Act;
  readonly callbacks: ActCallbacks;
}

function ActItem({ act, callbacks }: ActProps): JSX.Element {
  const { state } = act;
  switch (state.kind) {
    case 'going':
      return <Going act={act} job={state.job} callbacks={callbacks} />;
    case 'failed':
      return <Failed act={act} callbacks={callbacks} />;
    case 'done':
      return act.kind === 'branch' ? (
        <Branched act={act} result={state.result} callbacks={callbacks} />
      ) : (
        <Brought act={act} result={state.result} callbacks={callbacks} />
      );
  }
}

function Going(
  props: ActProps & {
    readonly job: Extract<Act['state'], { kind: 'going' }>['job'];
  }
): JSX.Element {
  const { act, job, callbacks } = props;
  const { cancelAct } = callbacks;
  const trans = useTrans();
  const title = goingTitle(act, trans);
  if (job) {
    // The worker's own title names a run; here it is clear which.
    return (
      <JobItem
        job={{ ...job, title }}
        cancel={cancelAct && (() => cancelAct(act.id))}
      />
    );
  }
  return (
    <NoticeBox
      severity="info"
      icon={act.kind === 'branch' ? 'branch' : 'restore'}
      title={title}
    >
      <Progress done={0} total={null} label={title} />
    </NoticeBox>
  );
}

function Failed({ act, callbacks }: ActProps): JSX.Element | null {
  const trans = useTrans();
  const { state } = act;
  const { retryAct, bringRest, dismissAct } = callbacks;
  if (state.kind !== 'failed') {
    return null;
  }
  const { message, kept, next, retryable } = state.error;
  return (
    <NoticeBox
      severity="error"
      title={failedTitle(act, trans)}
      text={message}
      kept={kept}
      next={next}
      actions={
        <>
          {retryable && retryAct && (
            <Button onClick={() => retryAct(act.id)}>
              {trans.__('Try again')}
            </Button>
          )}
          {bringRest && hasRest(act) && (
            <Button icon="restore" onClick={() => bringRest(act.id)}>
              {trans.__('Bring all others back')}
            </Button>
          )}
        </>
      }
      onDismiss={() => dismissAct(act.id)}
    />
  );
}

/** Whether damage keeps other files from coming back that are whole. */
const hasRest = ({ kind, paths, state }: Act): boolean =>
  kind !== 'branch' &&
  paths.length !== 1 &&
  state.kind === 'failed' &&
  state.error.code === 'object-damaged';

type DoneProps = ActProps & { readonly result: JobResult };

function Brought({ act, result, callbacks }: DoneProps): JSX.Element {
  const trans = useTrans();
  const { undoAct, dismissAct } = callbacks;
  const { snapshot } = result;
  const changed = (result.restored ?? 1) > 0;
  const lacking = lackingOf(result);
  return (
    <NoticeBox
      severity={lacking.length > 0 ? 'warning' : 'info'}
      icon={lacking.length > 0 ? 'look' : 'check'}
      title={broughtTitle(act, result, trans)}
      text={besidesText(result, trans)}
      kept={keptText(snapshot, changed, trans)}
      actions={
        act.undoes !== null &&
        undoAct && (
          <Button
            icon="restore"
            label={trans.__('Undo: %1', subjectOf(act, trans))}
            onClick={() => undoAct(act.id)}
          >
            {trans.__('Undo')}
          </Button>
        )
      }
      onDismiss={() => dismissAct(act.id)}
    >
      <Lacking files={lacking} />
    </NoticeBox>
  );
}

function besidesText(
  { restored, unchanged, created }: JobResult,
  trans: Trans
): string {
  const same = (restored ?? 0) > 0 ? (unchanged ?? 0) : 0;
  const fresh = created?.length ?? 0;
  return [
    same > 0 &&
      trans._n('%1 file was so already.', '%1 files were so already.', same),
    fresh > 0 &&
      trans._n(
        '%1 file was not there before: to undo that, delete it.',
        '%1 files were not there before: to undo that, delete them.',
        fresh
      )
  ]
    .filter(Boolean)
    .join(' ');
}

function keptText(
  snapshot: string | null,
  changed: boolean,
  trans: Trans
): string {
  return changed && snapshot !== null
    ? trans.__('What was there, in snapshot %1.', shortSnapshotId(snapshot))
    : trans.__('Everything.');
}

function Branched({ act, result, callbacks }: DoneProps): JSX.Element {
  const trans = useTrans();
  const { api_path: folder, path } = result;
  const lacking = lackingOf(result);
  const { showFolder, copyText, dismissAct } = callbacks;
  return (
    <NoticeBox
      severity={lacking.length > 0 ? 'warning' : 'info'}
      icon="branch"
      title={trans.__('Branch %1 made', act.name ?? '')}
      text={trans.__('It goes on from here in a folder of its own.')}
      kept={trans.__('Everything in this folder, as it is.')}
      actions={
        folder !== null &&
        showFolder && (
          <Button icon="folder" onClick={() => showFolder(folder)}>
            {trans.__('Show folder')}
          </Button>
        )
      }
      onDismiss={() => dismissAct(act.id)}
    >
      {path !== null && (
        <p className="ds-Acts-path">
          <code>{path}</code>
          {copyText && (
            <CopyButton
              label={trans.__('Copy the path')}
              copy={() => copyText(path)}
            />
          )}
        </p>
      )}
      <Lacking files={lacking} inFolder />
    </NoticeBox>
  );
}
