/** Owns the command that saves a snapshot of the workspace; it answers whether that was done. */
import type { Job } from '@dotscience/core';

import { announce } from './announce';
import { text, type Arguments, type ICommandContext } from './context';

const SHORT = 7;

export async function saveSnapshot(
  context: ICommandContext,
  args: Arguments
): Promise<boolean> {
  const { model, trans } = context;
  const { id } = model.open();
  const message = text(args, 'message');
  await saveOpenNotebook(context);
  const start = (): Promise<Job> => model.client.saveSnapshot(id, message);
  const saved = await announce(context, id, start, {
    pending: trans.__('Saving snapshot'),
    failed: trans.__('Snapshot not saved'),
    done: job => {
      const snapshot = job.result?.snapshot?.slice(0, SHORT);
      return snapshot
        ? trans.__('Snapshot %1 saved', snapshot)
        : trans.__('Snapshot saved');
    }
  });
  return saved !== null;
}

// What the user sees is what the snapshot should hold.
async function saveOpenNotebook({
  notebooks,
  savers
}: ICommandContext): Promise<void> {
  const context = notebooks?.currentWidget?.context;
  if (context?.isReady && context.contentsModel?.writable) {
    await savers?.of(context).flush();
  }
}
