/** Owns what the panel's buttons do: each is one command, so that menus, keys and buttons agree. */
import { Clipboard } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Trans, WorkspacePanelCallbacks } from '@dotscience/views';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { asFailure } from '../api';
import { policyCallbacks } from '../policy/callbacks';
import type { IPreferences } from '../preferences/model';
import { BringIDs, CommandIDs, KeepIDs } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';
import type { LiveCurves } from './curves';
import type { Folds } from './folds';
import type { Sessions } from './sessions';

export interface IPanelHost {
  readonly curves: LiveCurves;
  readonly sessions: Sessions;
  readonly folds: Folds;
  readonly commands: CommandRegistry;
  readonly model: WorkspaceModel;
  readonly preferences: IPreferences;
  readonly notebooks: INotebookTracker | null;
  readonly trans: Trans;
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
      await must(commands, CommandIDs.saveSnapshot, args);
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
    showVersions: path => void run(BringIDs.showVersions, { path }),
    keepOpenGroups: groups => {
      const id = model.workspace?.id;
      if (id) {
        host.folds.keep(id, groups);
      }
    },
    keepDraft: (session, description) =>
      must(commands, CommandIDs.keepSession, {
        session,
        description: description ?? ''
      }),
    dropDraft: session =>
      must(commands, CommandIDs.dismissSession, { session }),
    turnOnCapture: host.sessions.canTurnOn
      ? () => void turnOn(host)
      : undefined,
    claim: (run, path, as) => {
      const file = typeof path === 'string' ? { path } : { b64: path.b64 };
      return must(commands, CommandIDs.claimFile, { run, as, ...file });
    },
    openCell: inContents
      ? (path, cell) =>
          void run(CommandIDs.openCell, { path, cell: cell ?? '' })
      : undefined,
    policy: policyCallbacks(model),
    openStorage: () => void run(KeepIDs.openStorage),
    keepRuns: () => void keepRuns(host),
    verify: () => void run(KeepIDs.verify),
    openIgnoreFile: inContents
      ? () => void run(CommandIDs.editIgnoreFile)
      : undefined
  };
}

// The view brings back what was not done; why not says the command, in a notice.
async function must(
  commands: CommandRegistry,
  id: string,
  args: ReadonlyPartialJSONObject
): Promise<void> {
  if (!(await commands.execute(id, args))) {
    throw new Error(`${id} was not done.`);
  }
}

async function keepRuns({ model, trans }: IPanelHost): Promise<void> {
  try {
    await model.client.keepRuns(model.open().id);
  } catch (reason) {
    model.report(trans.__('Runs not pinned'), asFailure(reason));
  }
  await model.look();
}

async function turnOn({ model, sessions, trans }: IPanelHost): Promise<void> {
  try {
    await sessions.turnOn();
  } catch (reason) {
    model.report(trans.__('Recording not turned on'), asFailure(reason));
  }
}

function retryOf(model: WorkspaceModel, notice: string | null): string {
  const code = model.notices.find(({ id }) => id === notice)?.code;
  return code && RETRY_BY_SNAPSHOT.includes(code)
    ? CommandIDs.saveSnapshot
    : CommandIDs.refresh;
}
