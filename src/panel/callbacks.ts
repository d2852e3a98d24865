/** Owns what the panel's buttons do: each is one command, so that menus, keys and buttons agree. */
import { Clipboard } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { WorkspacePanelCallbacks } from '@dotscience/views';
import type { CommandRegistry } from '@lumino/commands';

import type { IPreferences } from '../preferences/model';
import { CommandIDs } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';

export interface IPanelHost {
  readonly commands: CommandRegistry;
  readonly model: WorkspaceModel;
  readonly preferences: IPreferences;
  readonly notebooks: INotebookTracker | null;
}

// A snapshot that is missing for one of these causes is worth another try.
const RETRY_BY_SNAPSHOT = [
  'disk-full',
  'disk-floor',
  'store-unwritable',
  'snapshot-failed'
];

/** What cannot work at present is left out, and so has no button. */
export function panelCallbacks(host: IPanelHost): WorkspacePanelCallbacks {
  const { commands, model, preferences, notebooks } = host;
  const run = async (id: string, args = {}): Promise<void> => {
    await commands.execute(id, args);
  };
  const inContents = typeof model.workspace?.api_path === 'string';
  return {
    openRun: id => void run(CommandIDs.openRun, { run: id }),
    saveSnapshot: async message => {
      const args = { message: message ?? '' };
      // The panel keeps the text of a snapshot that was not saved.
      if (!(await commands.execute(CommandIDs.saveSnapshot, args))) {
        throw new Error('The snapshot was not saved.');
      }
    },
    cancelJob: id => void run(CommandIDs.cancelJob, { job: id }),
    dismissNotice: id => void run(CommandIDs.dismissNotice, { notice: id }),
    retry: notice => void run(retryOf(model, notice)),
    track: keep => void run(CommandIDs.track, { keep }),
    chooseMetric: metric => void preferences.setDefaultMetric(metric),
    setDirection: (metric, direction) =>
      void preferences.setDirection(metric, direction),
    copyExample: code => Clipboard.copyToSystem(code),
    insertExample: notebooks?.currentWidget
      ? source => void run(CommandIDs.insertExample, { source })
      : undefined,
    openNotebook: inContents
      ? path => void run(CommandIDs.openFile, { path })
      : undefined,
    openFile: inContents
      ? path => void run(CommandIDs.openFile, { path })
      : undefined,
    openIgnoreFile: inContents
      ? () => void run(CommandIDs.editIgnoreFile)
      : undefined
  };
}

function retryOf(model: WorkspaceModel, notice: string | null): string {
  const code = model.notices.find(({ id }) => id === notice)?.code;
  return code && RETRY_BY_SNAPSHOT.includes(code)
    ? CommandIDs.saveSnapshot
    : CommandIDs.refresh;
}
