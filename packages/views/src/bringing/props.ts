/** The contract of what is brought back or branched, between views and host. */
import type { ErrorBody, FileRef, Job, JobResult } from '@dotscience/core';

export type ActState =
  /** `job`: null until the server answered. */
  | { readonly kind: 'going'; readonly job: Job | null }
  | { readonly kind: 'done'; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly error: ErrorBody };

/** Something that the user asked for here: going on, or over and not dismissed. */
export interface Act {
  readonly id: string;
  /** `undo`: bringing back what was there before. */
  readonly kind: 'bring' | 'undo' | 'branch';
  /** The files, none where all below a folder are meant; of a branch none. */
  readonly paths: readonly FileRef['path'][];
  /** Of a branch. */
  readonly name: string | null;
  readonly state: ActState;
  /** Files to which *Undo* brings back what was there; null: nothing to undo. */
  readonly undoes: readonly FileRef['path'][] | null;
}

/** What is left out has no button. */
export interface ActCallbacks {
  cancelAct?(act: string): void;
  undoAct?(act: string): void;
  retryAct?(act: string): void;
  /** Again, without what is damaged. */
  bringRest?(act: string): void;
  dismissAct(act: string): void;
  /** Shows a folder, by its Jupyter path, in the file browser. */
  showFolder?(path: string): void;
  copyText?(text: string): void;
}
