/** Owns how long work is told: a toast while and after, and a notice in the panel when it fails. */
import { Notification } from '@jupyterlab/apputils';
import type { Job } from '@dotscience/core';

import { asFailure, type ApiFailure } from '../api';
import type { ICommandContext } from './context';

export interface ITelling {
  readonly pending: string;
  /** For instance "Snapshot not saved"; the reason follows. */
  readonly failed: string;
  readonly done: (job: Job) => string;
  readonly actions?: (job: Job) => Notification.IAction[];
  /** What may be done where it failed; the toast then stays. */
  readonly remedies?: (failure: ApiFailure) => Notification.IAction[];
}

/** Starts a job of `workspace`, follows it to its end and tells. Null when it failed. */
export async function announce(
  { model }: ICommandContext,
  workspace: string,
  start: () => Promise<Job>,
  telling: ITelling
): Promise<Job | null> {
  const toast = Notification.emit(telling.pending, 'in-progress', {
    autoClose: false
  });
  try {
    const job = await model.finished(workspace, await start());
    Notification.update({
      id: toast,
      message: telling.done(job),
      type: 'success',
      autoClose: 5_000,
      actions: telling.actions?.(job) ?? []
    });
    return job;
  } catch (reason) {
    const failure = asFailure(reason);
    if (failure.body.code === 'cancelled') {
      Notification.dismiss(toast);
      return null;
    }
    const remedies = telling.remedies?.(failure) ?? [];
    Notification.update({
      id: toast,
      message: telling.failed,
      type: 'error',
      autoClose: remedies.length > 0 ? false : 5_000,
      actions: remedies
    });
    model.report(telling.failed, failure);
    return null;
  }
}
