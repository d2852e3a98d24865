import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ICommandPalette } from '@jupyterlab/apputils';

import { eyeIcon } from '../icons';
import {
  DOMAIN,
  IDotsciencePreferences,
  IRunPages,
  IWorkspaceModel,
  KeepIDs
} from '../tokens';
import { asTrans } from '../translation';
import { LiveCurves } from './curves';
import { Folds } from './folds';
import { Sessions } from './sessions';
import { Panel, PANEL_ID } from './widget';

// Third parties have 501 to 899.
const RANK = 501;

export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:panel',
  description:
    'The sidebar panel: runs, changes and snapshots of the workspace.',
  autoStart: true,
  requires: [IWorkspaceModel, IDotsciencePreferences, IRunPages],
  optional: [INotebookTracker, ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    preferences: IDotsciencePreferences,
    pages: IRunPages,
    notebooks: INotebookTracker | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const { commands } = app;
    const panel = new Panel({
      commands,
      model,
      preferences,
      pages,
      notebooks,
      trans,
      curves: new LiveCurves(model),
      sessions: new Sessions(model),
      folds: new Folds(window.localStorage)
    });
    restorer?.add(panel, PANEL_ID);
    app.shell.add(panel, 'left', { rank: RANK, type: 'Dotscience' });
    commands.addCommand(KeepIDs.editPolicy, {
      label: trans.__('Edit What Is Tracked'),
      caption: trans.__('Rules and limits for what is kept of this workspace'),
      icon: eyeIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => model.workspace !== null,
      execute: () => {
        app.shell.activateById(PANEL_ID);
        panel.edit(true);
      }
    });
    palette?.addItem({
      command: KeepIDs.editPolicy,
      category: trans.__('Dotscience')
    });
  }
};
