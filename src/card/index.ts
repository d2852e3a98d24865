import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import {
  CommandIDs,
  DOMAIN,
  IDotsciencePreferences,
  IWorkspaceModel
} from '../tokens';
import { asTrans } from '../translation';
import { RUN_CARD_TYPE } from './data';
import { LiveCurves } from '../panel/curves';
import { LiveCards } from './live';
import { RunCardRenderer } from './widget';

// Before JSON (60) and plain text (120), after nothing that a cell's output would rather be.
const RANK = 10;

export const cardPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:card',
  description: 'Draws the runs that a cell published.',
  autoStart: true,
  requires: [IWorkspaceModel, IDotsciencePreferences, IRenderMimeRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    preferences: IDotsciencePreferences,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const openRun = (run: string): void =>
      void app.commands.execute(CommandIDs.openRun, { run });
    rendermime.addFactory(
      {
        safe: true,
        mimeTypes: [RUN_CARD_TYPE],
        createRenderer: () =>
          new RunCardRenderer({ model, preferences, trans, openRun })
      },
      RANK
    );
  }
};

export const liveCardPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:live-card',
  description: 'Shows a run that goes on below the cell that runs it.',
  autoStart: true,
  requires: [IWorkspaceModel, IDotsciencePreferences, INotebookTracker],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    preferences: IDotsciencePreferences,
    notebooks: INotebookTracker,
    translator: ITranslator | null
  ): void => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const openRun = (run: string): void =>
      void app.commands.execute(CommandIDs.openRun, { run });
    const curves = new LiveCurves(model);
    void new LiveCards({
      model,
      preferences,
      trans,
      openRun,
      notebooks,
      curves
    });
  }
};
