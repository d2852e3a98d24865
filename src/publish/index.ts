/**
 * Owns saving a notebook after a cell that published a run, so that the notebook in the run's
 * snapshot shows its output. Only where the user has autosave on: then saving is ours to time.
 */
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import type { Cell, CodeCell } from '@jupyterlab/cells';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';

import { RUN_CARD_TYPE } from '../card/data';
import { IDotsciencePreferences, ISavers } from '../tokens';

const BLOCK_MARK = '[[DOTSCIENCE-RUN:';

export const publishPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:publish',
  description:
    'Saves a notebook when a cell that published a run has finished.',
  autoStart: true,
  requires: [
    INotebookTracker,
    IDocumentManager,
    IDotsciencePreferences,
    ISavers
  ],
  activate: (
    _: JupyterFrontEnd,
    notebooks: INotebookTracker,
    documents: IDocumentManager,
    preferences: IDotsciencePreferences,
    savers: ISavers
  ): void => {
    NotebookActions.executed.connect((__, { notebook, cell }) => {
      const panel = notebooks.find(candidate => candidate.content === notebook);
      const wanted = preferences.saveAfterPublish && documents.autosave;
      if (panel && wanted && hasRun(cell)) {
        savers.of(panel.context).request();
      }
    });
  }
};

function hasRun(cell: Cell): boolean {
  if (cell.model.type !== 'code') {
    return false;
  }
  const { outputs } = (cell as CodeCell).model;
  for (let i = 0; i < outputs.length; i++) {
    const { data } = outputs.get(i);
    if (RUN_CARD_TYPE in data || Object.values(data).some(isBlock)) {
      return true;
    }
  }
  return false;
}

function isBlock(value: unknown): boolean {
  return typeof value === 'string' && value.includes(BLOCK_MARK);
}
