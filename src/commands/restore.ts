/** Owns the commands that bring a run back. They only ever make new folders (G4). */
import { PathExt } from '@jupyterlab/coreutils';
import type { Job } from '@dotscience/core';

import { asFailure, type IBringing } from '../api';
import { announce } from './announce';
import {
  runOf,
  type Arguments,
  type ICommandContext,
  type IRunRef
} from './context';

const SHORT = 8;

export async function restore(
  context: ICommandContext,
  args: Arguments
): Promise<void> {
  const ref = runOf(context, args);
  if (ref) {
    await bringBack(context, ref);
  }
}

export async function openNotebookAsItWas(
  context: ICommandContext,
  args: Arguments
): Promise<void> {
  const { app, model, trans } = context;
  const ref = runOf(context, args);
  if (!ref) {
    return;
  }
  try {
    const { notebook } = await model.client.run(ref.workspace, ref.run);
    const job = await bringBack(context, ref);
    const folder = job?.result?.api_path;
    if (notebook && typeof folder === 'string') {
      await app.commands.execute('docmanager:open', {
        path: PathExt.join(folder, notebook)
      });
    }
  } catch (reason) {
    model.report(trans.__('Notebook not opened'), asFailure(reason));
  }
}

function bringBack(
  context: ICommandContext,
  ref: IRunRef,
  how: IBringing = {}
): Promise<Job | null> {
  const { app, model, trans } = context;
  const start = (): Promise<Job> =>
    model.client.checkout(ref.workspace, ref.run, null, how);
  const rest = (): void => void bringBack(context, ref, { skip_damaged: true });
  return announce(context, ref.workspace, start, {
    pending: trans.__('Bringing back run %1', ref.run.slice(0, SHORT)),
    failed: trans.__('Run %1 not brought back', ref.run.slice(0, SHORT)),
    done: job => doneText(job, ref, trans),
    remedies: ({ body }) =>
      body.code === 'object-damaged'
        ? [{ label: trans.__('Bring all others back'), callback: rest }]
        : [],
    actions: job => showFolder(app.commands, job, trans.__('Show folder'))
  });
}

/** Where it is, and what is not there. */
function doneText(
  job: Job,
  ref: IRunRef,
  trans: ICommandContext['trans']
): string {
  const text = trans.__(
    'Run %1 is in %2',
    ref.run.slice(0, SHORT),
    placeOf(job)
  );
  const lacks = job.result?.message;
  return lacks ? `${text}. ${lacks}.` : text;
}

function placeOf(job: Job): string {
  return job.result?.api_path ?? job.result?.path ?? '';
}

function showFolder(
  commands: ICommandContext['app']['commands'],
  job: Job,
  label: string
): { label: string; callback: () => void }[] {
  const path = job.result?.api_path;
  return typeof path === 'string'
    ? [
        {
          label,
          callback: () =>
            void commands.execute('filebrowser:open-path', { path })
        }
      ]
    : [];
}
