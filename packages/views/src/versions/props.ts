/** The contract of the view of a file's versions, between view and host. */
import type {
  ErrorBody,
  FileDiff,
  FileRef,
  Version,
  Versions
} from '@dotscience/core';

import type { Act, ActCallbacks } from '../bringing/props';
import type { Clock } from '../host/clock';
import type { Trans } from '../host/trans';

export type FilePath = FileRef['path'];

/** `path` is workspace-relative. */
export type VersionsModel =
  /** No file is chosen. */
  | { readonly phase: 'nothing' }
  | { readonly phase: 'loading'; readonly path: FilePath }
  | {
      readonly phase: 'error';
      readonly path: FilePath;
      readonly error: ErrorBody;
    }
  | {
      readonly phase: 'ready';
      readonly path: FilePath;
      readonly versions: Versions;
      /** `ref` of the version that is looked at; null or not there: the newest. */
      readonly chosen: string | null;
      /** The run (or `@snapshot`) whose version was asked for and is none of these. */
      readonly missed?: string | null;
      /** What was asked for here. */
      readonly acts: readonly Act[];
      /** Why what is shown may be old; null when it is not. */
      readonly stale?: ErrorBody | null;
    };

/** Bytes `start` to `end` (exclusive) of the version that is looked at; fewer at its end. */
export type ReadBytes = (
  start: number,
  end: number,
  signal?: AbortSignal
) => Promise<Uint8Array<ArrayBuffer>>;

/** What is left out has no button. */
export interface VersionsCallbacks extends ActCallbacks {
  choose(ref: string): void;
  openRun(id: string): void;
  retry?(): void;
  read(
    version: Version,
    start: number,
    end: number,
    signal?: AbortSignal
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** From a version to the file as it is now. */
  difference?(version: Version): Promise<FileDiff>;
  bringBack?(version: Version): void;
  branch?(version: Version, name: string): void;
  download?(version: Version): void;
  saveSnapshot?(): void;
}

export interface VersionsProps {
  readonly model: VersionsModel;
  readonly callbacks: VersionsCallbacks;
  readonly trans?: Trans;
  readonly clock?: Clock;
}
