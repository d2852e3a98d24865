/** Owns waiting for jobs of the worker: what is long answers at once and is asked again. */
import { errorBody, type Job } from '@dotscience/core';

import { ApiFailure, aborted, type IClient } from '../api';

const OVER: readonly Job['state'][] = ['done', 'failed', 'cancelled'];
const INTERVAL_MS = 300;

/** Whether a job will change no more. */
export const isOver = (job: Job): boolean => OVER.includes(job.state);

/**
 * Resolves with the finished job; rejects with `ApiFailure` when it failed or was cancelled, or
 * when `signal` gives up waiting; `told` hears how far it is. A server that does not answer for a while only delays.
 */
export async function finished(
  client: IClient,
  workspace: string,
  job: Job,
  signal: AbortSignal,
  told?: (job: Job) => void
): Promise<Job> {
  let now = job;
  told?.(now);
  while (!isOver(now)) {
    await pause(INTERVAL_MS);
    if (signal.aborted) {
      throw aborted();
    }
    now = await ask(client, workspace, now, signal);
    told?.(now);
  }
  if (now.state === 'done') {
    return now;
  }
  throw new ApiFailure('refused', now.error ?? errorBody('cancelled'));
}

async function ask(
  client: IClient,
  workspace: string,
  job: Job,
  signal: AbortSignal
): Promise<Job> {
  try {
    return await client.job(workspace, job.id, signal);
  } catch (reason) {
    if (reason instanceof ApiFailure && reason.retryable) {
      return job;
    }
    throw reason;
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, ms));
