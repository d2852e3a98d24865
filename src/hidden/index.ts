import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { revealCell } from '../panel/cells';
import { DOMAIN, IWorkspaceModel } from '../tokens';
import { asTrans } from '../translation';
import { HiddenInNotebook } from './notebook';

export const hiddenPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:hidden',
  description:
    'Marks cells whose state is not what running the saved notebook gives.',
  autoStart: true,
  requires: [IWorkspaceModel, INotebookTracker],
  optional: [ITranslator],
  activate: (
    _: JupyterFrontEnd,
    model: IWorkspaceModel,
    notebooks: INotebookTracker,
    translator: ITranslator | null
  ): void => {
    const open = new WeakMap<NotebookPanel, HiddenInNotebook>();
    const host = {
      model,
      trans: asTrans((translator ?? nullTranslator).load(DOMAIN)),
      isCurrent: (panel: NotebookPanel) => notebooks.currentWidget === panel,
      goTo: (panel: NotebookPanel, cell: string) =>
        void revealCell(notebooks, panel.context.localPath, cell)
    };
    const follow = (panel: NotebookPanel): void => {
      open.set(panel, new HiddenInNotebook(panel, host));
    };
    notebooks.forEach(follow);
    notebooks.widgetAdded.connect((_, panel) => follow(panel));
    notebooks.currentChanged.connect((_, panel) => {
      if (panel) {
        open.get(panel)?.look();
      }
    });
  }
};
