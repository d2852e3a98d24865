/** Owns running a run again: begun, followed to its end, told with what came out. */
import { Notification } from '@jupyterlab/apputils';
import { shortRunId, type Job } from '@dotscience/core';
import { verdictText, type Trans } from '@dotscience/views';
import type { CommandRegistry } from '@lumino/commands';

import { ApiFailure, asFailure } from '../api';
import type { IRunRef } from '../commands/context';
import { CommandIDs } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';

/** Long enough to be seen by somebody who came back meanwhile. */
const SEEN_MS = 15_000;

export interface IRerunHost {
  readonly commands: CommandRegistry;
  readonly model: WorkspaceModel;
  readonly trans: Trans;
}

/** Resolves when it has begun, or was refused, which the panel then says; `ended` is called at its end. */
export async function startAgain(
  host: IRerunHost,
  ref: IRunRef,
  environment: 'current' | 'rebuild',
  ended: () => void
): Promise<void> {
  const { model, trans } = host;
  const title = trans.__('Run %1 not run again', shortRunId(ref.run));
  try {
    const { client } = model;
    const job = await client.rerun(ref.workspace, ref.run, environment);
    void follow(host, ref, job)
      .catch((reason: unknown) => {
        const failure = asFailure(reason);
        if (failure.body.code !== 'cancelled' && failure.kind !== 'aborted') {
          model.report(title, lost(failure, trans), 'error', ref.workspace);
        }
      })
      .finally(ended);
  } catch (reason) {
    model.report(title, asFailure(reason), 'error', ref.workspace);
  }
}

/** A job that nobody knows any more ended with the process that had it. */
function lost(failure: ApiFailure, trans: Trans): ApiFailure {
  return failure.body.code === 'job-not-found'
    ? new ApiFailure(failure.kind, {
        ...failure.body,
        message: trans.__('The tracking process ended before the run did.'),
        next: trans.__('Run it again.')
      })
    : failure;
}

async function follow(host: IRerunHost, ref: IRunRef, job: Job): Promise<void> {
  const { commands, model, trans } = host;
  const { result } = await model.finished(ref.workspace, job);
  const run = result?.run ?? null;
  if (run === null) {
    return;
  }
  const { workspace } = ref;
  Notification.emit(await outcome(host, ref, run), 'success', {
    autoClose: SEEN_MS,
    actions: [
      {
        label: trans.__('Open run'),
        callback: () =>
          void commands.execute(CommandIDs.openRun, { run, workspace })
      }
    ]
  });
}

async function outcome(
  { model, trans }: IRerunHost,
  { workspace, run }: IRunRef,
  again: string
): Promise<string> {
  const name = shortRunId(run);
  try {
    const verdict = await model.client.verdict(workspace, again);
    return trans.__('Run %1 again: %2', name, verdictText(verdict, trans));
  } catch {
    return trans.__('Run %1 ran again', name);
  }
}
