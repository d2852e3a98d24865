/** The contract of the workspace panel between view and host. */
import type {
  Change,
  Direction,
  Directions,
  Draft,
  ErrorBody,
  Notice,
  RunStore,
  Series,
  Status,
  Workspace
} from '@dotscience/core';

import type { Clock } from '../host/clock';
import type { Trans } from '../host/trans';
import type { PolicyEditorCallbacks } from '../policy/props';

/**
 *   loading      nothing known yet; skeletons after 150 ms
 *   ready        the copy is current
 *   unreachable  the copy may be old and says so; `error` is why. Without a workspace the server
 *                part itself is missing
 *   untracked    no workspace here; `error` may say why
 */
export type PanelPhase = 'loading' | 'ready' | 'unreachable' | 'untracked';

export interface WorkspacePanelModel {
  readonly phase: PanelPhase;
  readonly workspace: Workspace | null;
  readonly status: Status | null;
  /** Null until fetched once. */
  readonly runs: RunStore | null;
  /** All that is to be shown: the worker's and the host's own. `status.notices` when left out. */
  readonly notices?: readonly Notice[];
  readonly error: ErrorBody | null;
  /** Id of the run whose page is current. */
  readonly selected: string | null;
  /** The metric that the user chose for the list; null leaves the choice to us. */
  readonly metric: string | null;
  readonly directions: Directions;
  /** The wanted curves of live runs, by run; null while one is not there. */
  readonly curves?: ReadonlyMap<string, Series | null>;
  /** Kernel sessions that nobody published; null or left out where they are not known. */
  readonly drafts?: readonly Draft[] | null;
  /** Whether sessions are recorded; null or left out where that is not known. */
  readonly capture?: boolean | null;
  /** Groups of runs that are unfolded. */
  readonly openGroups?: readonly string[];
  /** 1-based place of a cell (its nbformat id) among the code cells of an open notebook. */
  readonly cellNumber?: (notebook: string, cell: string) => number | null;
  /** Whether what is tracked is being edited, in place of the runs. */
  readonly editing?: boolean;
}

/** A live run whose curve of one metric is on screen. */
export interface WantedCurve {
  readonly run: string;
  readonly key: string;
}

/** What is left out has no button. */
export interface WorkspacePanelCallbacks {
  openRun(id: string): void;
  /** The message is kept in its field until the promise is fulfilled. */
  saveSnapshot(message: string | null): void | Promise<void>;
  cancelJob(id: string): void;
  dismissNotice(id: string): void;
  /** Tries again what a notice is about; null: looks at the server again. */
  retry(notice: string | null): void;
  /** The answer to "Track this folder": keep the bytes held back, or go on without. */
  track(keep: boolean): void;
  chooseMetric(metric: string): void;
  /** Null goes back to guessing. */
  setDirection?(metric: string, direction: Exclude<Direction, 'unknown'>): void;
  /** Workspace-relative path. */
  openNotebook?(path: string): void;
  /** Workspace-relative path of a changed file. */
  openFile?(path: string): void;
  /** The versions of a changed file; of a deleted one the way back. */
  showVersions?(path: string): void;
  openIgnoreFile?(): void;
  /** Opens or closes the editor of what is tracked, which needs `policy`. */
  editPolicy?(open: boolean): void;
  readonly policy?: Pick<
    PolicyEditorCallbacks,
    'setPolicy' | 'setPathPolicy' | 'covers'
  >;
  openStorage?(): void;
  /** Pins the runs whose large files were to be given up. */
  keepRuns?(): void;
  /** Checks every stored byte. */
  verify?(): void;
  copyExample(code: string): void;
  /** Left out when no notebook is open. */
  insertExample?(code: string): void;
  changeFolder?(): void;
  /** The curves on screen; called again when they are others, with none at the end. */
  wantCurves?(wanted: readonly WantedCurve[]): void;
  keepOpenGroups?(groups: readonly string[]): void;
  /** Makes a session a run. The row stays, and says so, when the promise is rejected. */
  keepDraft?(id: string, description: string | null): void | Promise<void>;
  dropDraft?(id: string): void | Promise<void>;
  turnOnCapture?(): void;
  /** What an undeclared file is to the run that wrote it. */
  claim?(
    run: string,
    path: Change['path'],
    as: 'input' | 'output' | 'none'
  ): void | Promise<void>;
  /** Opens a notebook at a cell. */
  openCell?(notebook: string, cell: string | null): void;
}

export interface WorkspacePanelProps {
  readonly model: WorkspacePanelModel;
  readonly callbacks: WorkspacePanelCallbacks;
  readonly trans?: Trans;
  readonly clock?: Clock;
}
