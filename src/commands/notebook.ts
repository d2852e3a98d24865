/** Owns the commands that touch the open notebook or the clipboard. */
import { FIRST_RUN_EXAMPLE } from '@dotscience/views';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import { NotebookActions } from '@jupyterlab/notebook';

import { runOf, text, type Arguments, type ICommandContext } from './context';

export function canInsert({ notebooks }: ICommandContext): boolean {
  return Boolean(notebooks?.currentWidget?.content.model);
}

export async function insertExample(
  { app, notebooks }: ICommandContext,
  args: Arguments
): Promise<void> {
  const source = text(args, 'source') ?? FIRST_RUN_EXAMPLE;
  const panel = notebooks?.currentWidget;
  if (!panel) {
    return;
  }
  NotebookActions.insertBelow(panel.content);
  panel.content.activeCell?.model.sharedModel.setSource(source);
  app.shell.activateById(panel.id);
}

export async function copyRunId(
  context: ICommandContext,
  args: Arguments
): Promise<void> {
  const ref = runOf(context, args);
  if (ref) {
    Clipboard.copyToSystem(ref.run);
    Notification.info(context.trans.__('Run id copied'), { autoClose: 2_000 });
  }
}
