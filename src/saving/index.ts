import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { ISavers } from '../tokens';
import { Saver, type SavedContext } from './saver';

export const savingPlugin: JupyterFrontEndPlugin<ISavers> = {
  id: 'jupyterlab-dotscience:saving',
  description: 'Saves notebooks for other plugins, never two saves at a time.',
  autoStart: true,
  provides: ISavers,
  requires: [INotebookTracker],
  activate: (_: JupyterFrontEnd, notebooks: INotebookTracker): ISavers => {
    const savers = new WeakMap<SavedContext, Saver>();
    const of = (context: SavedContext): Saver => {
      const saver = savers.get(context) ?? new Saver(context);
      savers.set(context, saver);
      return saver;
    };
    // From the start: a saver that comes late does not know of a save under way.
    notebooks.widgetAdded.connect((__, { context }) => void of(context));
    return { of };
  }
};
