/** The contract of the storage view between view and host. */
import type { ErrorBody, Job, Storage, VerifyReport } from '@dotscience/core';

import type { Clock } from '../host/clock';
import type { Trans } from '../host/trans';

export type StorageModel =
  | { readonly phase: 'loading' }
  | { readonly phase: 'error'; readonly error: ErrorBody }
  | {
      readonly phase: 'ready';
      readonly workspace: string;
      readonly storage: Storage;
      /** The last check of every stored byte; null before the first. */
      readonly verify: VerifyReport | null;
      /** Jobs of the workspace; those about storage are shown. */
      readonly jobs: readonly Job[];
      /** Why the last act of the user failed. */
      readonly failure?: ErrorBody | null;
    };

/** What is left out has no button. Promises end when the model is what they made it, and reject never. */
export interface StorageCallbacks {
  openRun(id: string): void;
  /** Null: the default budget. */
  setBudget?(bytes: number | null): Promise<void>;
  /** Works out what freeing would give up; the model has the plan afterwards. */
  planFreeing?(): Promise<void>;
  /** Gives up what the plan says and what nothing needs. */
  free?(): Promise<void>;
  /** Pins the runs whose large files were to be given up. */
  keepRuns?(): Promise<void>;
  pin?(run: string, pinned: boolean): Promise<void>;
  verify?(): void;
  /** Writes damaged bytes anew from files of the workspace that still hold them. */
  repair?(): void;
  cancelJob?(id: string): void;
  retry?(): void;
}

export interface StorageViewProps {
  readonly model: StorageModel;
  readonly callbacks: StorageCallbacks;
  readonly trans?: Trans;
  readonly clock?: Clock;
}
