import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import {
  CommandIDs,
  DOMAIN,
  IDotsciencePreferences,
  IWorkspaceModel
} from '../tokens';
import { asTrans } from '../translation';
import { StatusItem } from './widget';

export const statusBarPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:status-bar',
  description: 'What is running, changed or wrong, in the status bar.',
  autoStart: true,
  requires: [IWorkspaceModel, IDotsciencePreferences],
  optional: [IStatusBar, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    preferences: IDotsciencePreferences,
    statusBar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    if (!statusBar) {
      return;
    }
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const open = (): void => void app.commands.execute(CommandIDs.openPanel);
    let registered: IDisposable | null = null;
    const follow = (): void => {
      if (!preferences.showStatusItem) {
        registered?.dispose();
        registered = null;
      } else if (!registered) {
        const item = new StatusItem(model, trans, open);
        registered = statusBar.registerStatusItem(
          'jupyterlab-dotscience:status',
          {
            item,
            align: 'right',
            rank: 5,
            isActive: () => item.hasText,
            activeStateChanged: model.changed
          }
        );
      }
    };
    preferences.changed.connect(follow);
    follow();
  }
};
