import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { runOf, type Arguments, type IRunRef } from '../commands/context';
import { againIcon } from '../icons';
import {
  CommandIDs,
  DOMAIN,
  IRunPages,
  IWorkspaceModel,
  KeepIDs
} from '../tokens';
import { asTrans } from '../translation';

export const rerunPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:run-again',
  description:
    'The command that runs a run again, after saying what that does.',
  autoStart: true,
  requires: [IWorkspaceModel, IRunPages],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    pages: IRunPages,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const currentRun = (): IRunRef | null =>
      pages.currentWidget?.content.run ?? null;
    const refOf = (args: Arguments): IRunRef | null =>
      runOf({ app, model, currentRun }, args);
    app.commands.addCommand(KeepIDs.runAgain, {
      label: trans.__('Run Again…'),
      caption: trans.__('Run the code of the run again in a side folder'),
      icon: againIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            run: { type: 'string', description: 'Id of the run' },
            workspace: { type: 'string', description: 'Replica id' },
            at: { type: 'string', description: 'menu: the element below it' }
          }
        }
      },
      isEnabled: args => refOf(args) !== null,
      execute: async args => {
        const ref = refOf(args);
        if (ref) {
          await app.commands.execute(CommandIDs.openRun, { ...ref });
          askAt(pages, ref);
        }
      }
    });
    palette?.addItem({
      command: KeepIDs.runAgain,
      category: trans.__('Dotscience')
    });
    pages.currentChanged.connect(() =>
      app.commands.notifyCommandChanged(KeepIDs.runAgain)
    );
  }
};

/** Opens the form on the page of the run. */
function askAt(pages: IRunPages, { workspace, run }: IRunRef): void {
  pages
    .find(
      ({ content }) =>
        content.run.run === run && content.run.workspace === workspace
    )
    ?.content.askToRunAgain();
}
