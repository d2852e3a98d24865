/** Owns the list of commands: one entry each, all behaviour in named functions elsewhere. */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import {
  cameraIcon,
  copyIcon,
  markIcon,
  notebookIcon,
  restoreIcon
} from '../icons';
import { CommandIDs } from '../tokens';
import {
  runOf,
  type Arguments,
  type ICommand,
  type ICommandContext
} from './context';
import { canInsert, copyRunId, insertExample } from './notebook';
import { openPanel } from './panel';
import { openNotebookAsItWas, restore } from './restore';
import { claimFile, dismissSession, keepSession } from './sessions';
import { saveSnapshot } from './snapshot';
import {
  cancelJob,
  dismissNotice,
  editIgnoreFile,
  openCell,
  openFile,
  refresh,
  track
} from './workspace';

const always = (): boolean => true;
const hasWorkspace = ({ model }: ICommandContext): boolean =>
  model.workspace !== null;
const hasServer = ({ model }: ICommandContext): boolean =>
  model.state.kind !== 'missing';
const hasRun = (context: ICommandContext, args: Arguments): boolean =>
  hasServer(context) && runOf(context, args) !== null;
const inContents = ({ model }: ICommandContext): boolean =>
  model.workspace !== null && model.workspace.api_path !== null;

const RUN_ARGS: ReadonlyJSONObject = {
  run: {
    type: 'string',
    description: 'Id of the run; else that of the current run page'
  },
  workspace: {
    type: 'string',
    description: 'Replica id of its workspace; else the one shown'
  }
};

/** All commands but "open run", which belongs to the run page. */
export function commandTable(trans: TranslationBundle): readonly ICommand[] {
  return [
    {
      id: CommandIDs.openPanel,
      label: trans.__('Show the Dotscience Panel'),
      caption: trans.__('Runs, changes and snapshots of this workspace'),
      icon: markIcon,
      args: {},
      palette: true,
      isEnabled: always,
      execute: openPanel
    },
    {
      id: CommandIDs.saveSnapshot,
      label: trans.__('Save Snapshot'),
      caption: trans.__('Keep the whole workspace as it is now'),
      icon: cameraIcon,
      args: {
        message: { type: 'string', description: 'What it is, optional' }
      },
      palette: true,
      isEnabled: hasWorkspace,
      execute: saveSnapshot
    },
    {
      id: CommandIDs.openNotebookAsItWas,
      label: trans.__('Open Notebook as It Was'),
      caption: trans.__(
        'Bring the run back into a new folder and open its notebook there'
      ),
      icon: notebookIcon,
      args: RUN_ARGS,
      palette: true,
      isEnabled: hasRun,
      execute: openNotebookAsItWas
    },
    {
      id: CommandIDs.restore,
      label: trans.__('Restore into a Side Folder'),
      caption: trans.__('Bring the files of the run back into a new folder'),
      icon: restoreIcon,
      args: RUN_ARGS,
      palette: true,
      isEnabled: hasRun,
      execute: restore
    },
    {
      id: CommandIDs.copyRunId,
      label: trans.__('Copy Run Id'),
      caption: trans.__('Copy the whole id of the run'),
      icon: copyIcon,
      args: RUN_ARGS,
      palette: true,
      isEnabled: hasRun,
      execute: copyRunId
    },
    {
      id: CommandIDs.insertExample,
      label: trans.__('Insert Example Run'),
      caption: trans.__(
        'Put a cell that publishes a run into the open notebook'
      ),
      args: {
        source: { type: 'string', description: 'Code of the cell, optional' }
      },
      palette: true,
      isEnabled: canInsert,
      execute: insertExample
    },
    {
      id: CommandIDs.editIgnoreFile,
      label: trans.__('Edit .dotscienceignore'),
      caption: trans.__('Say which files are not tracked'),
      args: {},
      palette: true,
      isEnabled: inContents,
      execute: editIgnoreFile
    },
    {
      id: CommandIDs.refresh,
      label: trans.__('Refresh Runs'),
      caption: trans.__('Ask the server for runs and changes now'),
      args: {},
      palette: true,
      isEnabled: hasServer,
      execute: refresh
    },
    {
      id: CommandIDs.dismissNotice,
      label: trans.__('Dismiss Notice'),
      caption: trans.__('Take a notice out of the panel'),
      args: { notice: { type: 'string', description: 'Id of the notice' } },
      palette: false,
      isEnabled: always,
      execute: dismissNotice
    },
    {
      id: CommandIDs.cancelJob,
      label: trans.__('Cancel'),
      caption: trans.__('Stop a snapshot or a checkout'),
      args: { job: { type: 'string', description: 'Id of the job' } },
      palette: false,
      isEnabled: hasWorkspace,
      execute: cancelJob
    },
    {
      id: CommandIDs.track,
      label: trans.__('Track This Folder'),
      caption: trans.__(
        'Keep the bytes of files that were held back for their size'
      ),
      args: {
        keep: { type: 'boolean', description: 'False to go on without them' }
      },
      palette: false,
      isEnabled: hasWorkspace,
      execute: track
    },
    {
      id: CommandIDs.openFile,
      label: trans.__('Open File'),
      caption: trans.__('Open a file of the workspace'),
      args: {
        path: { type: 'string', description: 'Workspace-relative path' }
      },
      palette: false,
      isEnabled: inContents,
      execute: openFile
    },
    {
      id: CommandIDs.openCell,
      label: trans.__('Open Notebook at a Cell'),
      caption: trans.__('Open a notebook of the workspace and show a cell'),
      args: {
        path: { type: 'string', description: 'Workspace-relative path' },
        cell: { type: 'string', description: 'nbformat id, optional' }
      },
      palette: false,
      isEnabled: inContents,
      execute: openCell
    },
    {
      id: CommandIDs.keepSession,
      label: trans.__('Keep Session'),
      caption: trans.__('Make a kernel session a run'),
      args: {
        session: { type: 'string', description: 'Id of the session' },
        description: { type: 'string', description: 'Of the run, optional' }
      },
      palette: false,
      isEnabled: hasWorkspace,
      execute: keepSession
    },
    {
      id: CommandIDs.dismissSession,
      label: trans.__('Dismiss Session'),
      caption: trans.__('Show a kernel session no more'),
      args: { session: { type: 'string', description: 'Id of the session' } },
      palette: false,
      isEnabled: hasWorkspace,
      execute: dismissSession
    },
    {
      id: CommandIDs.claimFile,
      label: trans.__('Say What a File Is to a Run'),
      caption: trans.__('Make an undeclared file an input or output of a run'),
      args: {
        run: { type: 'string', description: 'Id of the run' },
        path: { type: 'string', description: 'Workspace-relative path' },
        b64: { type: 'string', description: 'The path where it is not UTF-8' },
        as: { type: 'string', enum: ['input', 'output', 'none'] }
      },
      palette: false,
      isEnabled: hasWorkspace,
      execute: claimFile
    }
  ];
}
