import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ErrorBody } from '@dotscience/core';
import type { Trans } from '@dotscience/views';

import { DOMAIN, IBringing, IRunPages, IWorkspaceModel } from '../tokens';
import { asTrans } from '../translation';
import { bringingCommands, type IBringingContext } from './commands';
import { OpenDocuments, openDocuments } from './documents';
import { Bringing } from './model';

export const bringingPlugin: JupyterFrontEndPlugin<IBringing> = {
  id: 'jupyterlab-dotscience:bringing',
  description: 'Brings files back into the workspace, and branches from runs.',
  autoStart: true,
  provides: IBringing,
  requires: [IWorkspaceModel],
  optional: [IDocumentManager, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    manager: IDocumentManager | null,
    translator: ITranslator | null
  ): IBringing => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const documents = new OpenDocuments(() => openDocuments(app, manager));
    return new Bringing(model, documents, {
      notSaved: path => notSaved(path, trans)
    });
  }
};

export const bringingCommandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:bringing-commands',
  description: 'Commands that bring files back, and branch.',
  autoStart: true,
  requires: [IWorkspaceModel, IBringing],
  optional: [IRunPages, IDefaultFileBrowser, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    bringing: IBringing,
    pages: IRunPages | null,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const currentRun = (): ReturnType<IBringingContext['currentRun']> =>
      pages?.currentWidget?.content.run ?? null;
    const context = { app, model, bringing, browser, trans, currentRun };
    const table = bringingCommands(trans);
    for (const command of table) {
      const { id, label, caption, icon, args } = command;
      app.commands.addCommand(id, {
        label,
        caption,
        icon,
        describedBy: { args: { type: 'object', properties: args } },
        isEnabled: given => command.isEnabled(context, given),
        execute: given => command.execute(context, given)
      });
      if (command.palette) {
        palette?.addItem({ command: id, category: trans.__('Dotscience') });
      }
    }
    const notify = (): void =>
      table.forEach(({ id }) => app.commands.notifyCommandChanged(id));
    browser?.selectionChanged.connect(notify);
    pages?.currentChanged.connect(notify);
  }
};

function notSaved(path: string, trans: Trans): ErrorBody {
  return {
    code: 'unsaved-changes',
    message: trans.__(
      '%1 is open with unsaved changes, and saving it failed.',
      path
    ),
    kept: trans.__('Everything, as it is.'),
    next: trans.__('Save it or close it, then bring the file back again.'),
    retryable: true
  };
}
