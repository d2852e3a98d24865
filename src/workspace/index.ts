import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';

import { Client } from '../api';
import { IWorkspaceModel } from '../tokens';
import { Heartbeat } from './heartbeat';
import { WorkspaceModel } from './model';
import { Place } from './place';

export const workspacePlugin: JupyterFrontEndPlugin<IWorkspaceModel> = {
  id: 'jupyterlab-dotscience:workspace',
  description: 'Follows the tracked workspace that the user works in.',
  autoStart: true,
  provides: IWorkspaceModel,
  optional: [INotebookTracker, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker | null,
    browser: IDefaultFileBrowser | null
  ): IWorkspaceModel => {
    const { contents, events, serverSettings } = app.serviceManager;
    const place = new Place(contents, notebooks, browser);
    const model = new WorkspaceModel(new Client(serverSettings), place);
    const heartbeat = new Heartbeat(model, events.stream);
    // Before the layout is restored the file browser may still show another folder.
    void app.restored.then(() => heartbeat.start());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') {
        heartbeat.now();
      }
    });
    return model;
  }
};
