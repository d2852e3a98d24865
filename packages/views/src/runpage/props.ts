/** The contract of the run page between view and host. */
import type {
  Directions,
  ErrorBody,
  Job,
  Run,
  RunStore
} from '@dotscience/core';

import type { Clock } from '../host/clock';
import type { Trans } from '../host/trans';

export type RunPageModel =
  | { readonly phase: 'loading' }
  | { readonly phase: 'error'; readonly error: ErrorBody }
  | {
      readonly phase: 'ready';
      readonly run: Run;
      /** For "better than the previous best"; null leaves comparison out. */
      readonly runs: RunStore | null;
      /** The user's metric for lists; null leaves the choice to us. */
      readonly metric: string | null;
      readonly directions: Directions;
      /** Jobs of the workspace; those of this run are shown. */
      readonly jobs: readonly Job[];
    };

/** What is left out has no button. */
export interface RunPageCallbacks {
  openRun(id: string): void;
  copyId(id: string): void;
  /** Brings the run back and opens its notebook. */
  openNotebookAsItWas?(id: string): void;
  restore?(id: string): void;
  /** The notebook as it is now; workspace-relative path. */
  openNotebook?(path: string): void;
  /** A file as it was in the run; workspace-relative path. */
  openFile?(id: string, path: string): void;
  downloadFile?(id: string, path: string): void;
  copyText?(text: string): void;
  cancelJob?(id: string): void;
  /** Tries again after an error. */
  retry?(): void;
  track?(keep: boolean): void;
}

export interface RunPageProps {
  readonly model: RunPageModel;
  readonly callbacks: RunPageCallbacks;
  readonly trans?: Trans;
  readonly clock?: Clock;
}
