import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { DOMAIN, IRunPages, ISavers, IWorkspaceModel } from '../tokens';
import type { ICommand, ICommandContext } from './context';
import { commandTable } from './table';

export const commandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:commands',
  description: 'The commands of Dotscience, in the palette and for menus.',
  autoStart: true,
  requires: [IWorkspaceModel],
  optional: [
    IRunPages,
    INotebookTracker,
    ISavers,
    ICommandPalette,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    pages: IRunPages | null,
    notebooks: INotebookTracker | null,
    savers: ISavers | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const currentRun = (): ReturnType<ICommandContext['currentRun']> =>
      pages?.currentWidget?.content.run ?? null;
    const context = { app, model, notebooks, savers, trans, currentRun };
    const table = commandTable(trans);
    for (const command of table) {
      register(app.commands, command, context);
      if (command.palette) {
        palette?.addItem({
          command: command.id,
          category: trans.__('Dotscience')
        });
      }
    }
    notifyWhenEnablementChanges(app.commands, table, context, pages);
  }
};

function register(
  commands: CommandRegistry,
  command: ICommand,
  context: ICommandContext
): void {
  const { id, label, caption, icon, args } = command;
  commands.addCommand(id, {
    label,
    caption,
    icon,
    describedBy: { args: { type: 'object', properties: args } },
    isEnabled: given => command.isEnabled(context, given),
    execute: given => command.execute(context, given)
  });
}

function notifyWhenEnablementChanges(
  commands: CommandRegistry,
  table: readonly ICommand[],
  { model, notebooks }: ICommandContext,
  pages: IRunPages | null
): void {
  const notify = (): void =>
    table.forEach(({ id }) => commands.notifyCommandChanged(id));
  let state = model.state.kind;
  model.changed.connect(() => {
    if (state !== model.state.kind) {
      state = model.state.kind;
      notify();
    }
  });
  notebooks?.currentChanged.connect(notify);
  pages?.currentChanged.connect(notify);
}
