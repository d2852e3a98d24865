/** The contract of the run page between view and host. */
import type {
  Directions,
  ErrorBody,
  FileRef,
  Job,
  Run,
  RunStore
} from '@dotscience/core';

import type { Act, ActCallbacks } from '../bringing/props';
import type { Clock } from '../host/clock';
import type { Trans } from '../host/trans';
import type { RerunCallbacks, RerunModel } from '../rerun/props';
import type { CurvesQuery, RunParts } from './parts';

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
      /** What was fetched beside the run itself. */
      readonly parts?: RunParts;
      /** What was brought back or branched from here. */
      readonly acts?: readonly Act[];
      /** Running it again, and what it repeats. */
      readonly rerun?: RerunModel;
    };

export type ClaimAs = 'input' | 'output' | 'none';

/** What is left out has no button. */
export interface RunPageCallbacks {
  openRun(id: string): void;
  copyId(id: string): void;
  /** Brings the run back and opens its notebook. */
  openNotebookAsItWas?(id: string): void;
  restore?(id: string): void;
  /** Brings files of the run back into the workspace. */
  bringBack?(id: string, paths: readonly FileRef['path'][]): void;
  /** Makes a branch that goes on from the run. */
  branch?(id: string, name: string): void;
  /** The versions of a file, that of the run chosen. */
  showVersions?(id: string, path: FileRef['path']): void;
  /** What is done with `acts`. */
  acts?: ActCallbacks;
  /** Runs it again. */
  rerun?: RerunCallbacks;
  /** What the store holds. */
  openStorage?(): void;
  /** The notebook as it is now; workspace-relative path. */
  openNotebook?(path: string): void;
  downloadFile?(id: string, path: string): void;
  copyText?(text: string): void;
  cancelJob?(id: string): void;
  /** Tries again after an error. */
  retry?(): void;
  track?(keep: boolean): void;
  /** These curves are on screen now: fetch them, and follow them while the run goes on. */
  wantCurves?(query: CurvesQuery): void;
  /** The text of an executed cell; rejects where it is not to be had. */
  source?(hash: string): Promise<string>;
  /** Shows a cell in its notebook as that is now. */
  showCell?(notebook: string, cell: string): void;
  /** Compares the environment with now, or with the run before. */
  compareEnvironment?(to: 'now' | 'before'): void;
  /** Fetches lines of the log before those held. */
  earlierLog?(): void;
  saveLog?(): void;
  /** Address of a media item that an image may show. */
  mediaUrl?(item: number): string;
  mediaText?(item: number): Promise<string>;
  downloadMedia?(item: number): void;
  claim?(path: FileRef['path'], as: ClaimAs): void;
  /** Puts a label beside the run; null takes it away. */
  setLabel?(key: string, value: string | null): void;
}

export interface RunPageProps {
  readonly model: RunPageModel;
  readonly callbacks: RunPageCallbacks;
  readonly trans?: Trans;
  readonly clock?: Clock;
}
