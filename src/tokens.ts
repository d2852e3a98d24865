/** Owns the names by which the plugins of this extension find each other. */
import type { IWidgetTracker, MainAreaWidget } from '@jupyterlab/apputils';
import { Token } from '@lumino/coreutils';

import type { Bringing } from './bringing/model';
import type { IPreferences } from './preferences/model';
import type { RunPageContent } from './runpage/widget';
import type { SavedContext, Saver } from './saving/saver';
import type { WorkspaceModel } from './workspace/model';

/** The workspace that is shown. */
export type IWorkspaceModel = WorkspaceModel;

export const IWorkspaceModel = new Token<IWorkspaceModel>(
  'jupyterlab-dotscience:IWorkspaceModel',
  'The tracked workspace that the user works in: its runs, status and jobs.'
);

export type IDotsciencePreferences = IPreferences;

export const IDotsciencePreferences = new Token<IDotsciencePreferences>(
  'jupyterlab-dotscience:IDotsciencePreferences',
  'The settings of Dotscience, with defaults where no settings are kept.'
);

/** The open run pages. */
export type IRunPages = IWidgetTracker<MainAreaWidget<RunPageContent>>;

export const IRunPages = new Token<IRunPages>(
  'jupyterlab-dotscience:IRunPages',
  'The run pages that are open, and the current one.'
);

/** What is brought back or branched, and how far it is. */
export type IBringing = Bringing;

export const IBringing = new Token<IBringing>(
  'jupyterlab-dotscience:IBringing',
  'Brings files back into the workspace and branches from runs.'
);

export interface ISavers {
  /** The one saver of an open notebook. */
  of(context: SavedContext): Saver;
}

export const ISavers = new Token<ISavers>(
  'jupyterlab-dotscience:ISavers',
  'Saves notebooks, never two saves of one at a time.'
);

/** Commands of `bringing` and `versions`; those of the command table are in `CommandIDs`. */
export namespace BringIDs {
  export const bringBack = 'dotscience:bring-files-back';
  export const bringBackLast = 'dotscience:bring-back-from-last-snapshot';
  export const branch = 'dotscience:branch-from-here';
  export const downloadFile = 'dotscience:download-file-as-it-was';
  export const showVersions = 'dotscience:show-versions';
}

/** Commands about what is tracked, what is stored, and repetitions. */
export namespace KeepIDs {
  export const editPolicy = 'dotscience:edit-what-is-tracked';
  export const setTracking = 'dotscience:set-tracking';
  export const tellTracking = 'dotscience:tell-tracking';
  export const openStorage = 'dotscience:open-storage';
  export const verify = 'dotscience:verify';
  export const runAgain = 'dotscience:run-again';
}

export namespace CommandIDs {
  export const openPanel = 'dotscience:open-panel';
  export const saveSnapshot = 'dotscience:save-snapshot';
  export const openRun = 'dotscience:open-run';
  export const openNotebookAsItWas = 'dotscience:open-notebook-as-it-was';
  export const restore = 'dotscience:restore-into-side-folder';
  export const copyRunId = 'dotscience:copy-run-id';
  export const insertExample = 'dotscience:insert-example';
  export const editIgnoreFile = 'dotscience:edit-ignore-file';
  export const refresh = 'dotscience:refresh';
  export const dismissNotice = 'dotscience:dismiss-notice';
  export const cancelJob = 'dotscience:cancel-job';
  export const track = 'dotscience:track-folder';
  export const openFile = 'dotscience:open-file';
  export const openCell = 'dotscience:open-cell';
  export const keepSession = 'dotscience:keep-session';
  export const dismissSession = 'dotscience:dismiss-session';
  export const claimFile = 'dotscience:claim-file';
}

/** Text domain of every string shown. */
export const DOMAIN = 'jupyterlab-dotscience';
