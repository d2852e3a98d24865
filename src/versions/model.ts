/**
 * Owns which file's versions are shown and how fresh they are: fetched when another file is shown,
 * and again when its workspace changed or something was brought back.
 */
import type { Versions, Workspace } from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { asFailure, type ApiFailure, type FilePath } from '../api';
import { relativePath } from '../bringing/paths';
import type { WorkspaceModel } from '../workspace/model';

/** A file of a workspace. */
export interface IVersionedFile {
  readonly workspace: string;
  /** Jupyter path of the workspace; null where it has none. */
  readonly root: string | null;
  readonly path: FilePath;
}

export type FileVersionsState =
  | { readonly kind: 'nothing' }
  /** `path`: as far as it is known. */
  | { readonly kind: 'loading'; readonly path: FilePath }
  | {
      readonly kind: 'failed';
      readonly path: FilePath;
      readonly failure: ApiFailure;
    }
  | {
      readonly kind: 'shown';
      readonly file: IVersionedFile;
      readonly versions: Versions;
      /** Why a newer answer is not there. */
      readonly trouble: ApiFailure | null;
    };

/** What is to be shown: a file of a workspace, or a Jupyter path whose workspace is not known yet. */
export type Wanted = IVersionedFile | { readonly jupyterPath: string };

export class FileVersions implements IDisposable {
  private readonly _model: WorkspaceModel;
  private readonly _changed = new Signal<this, void>(this);
  private _abort = new AbortController();
  private _state: FileVersionsState = { kind: 'nothing' };
  private _wanted: Wanted | null = null;
  private _chosen: string | null = null;
  private _sought: string | null = null;
  private _mark = '';
  private _isDisposed = false;

  constructor(model: WorkspaceModel) {
    this._model = model;
    model.changed.connect(this.refresh, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): FileVersionsState {
    return this._state;
  }

  /** What is shown, or asked for last. */
  get wanted(): Wanted | null {
    return this._wanted;
  }

  /** `ref` of the version that is looked at; null: the newest. */
  get chosen(): string | null {
    return this._chosen;
  }

  /** The run or snapshot whose version was asked for and is none of these; null when it is, or another was chosen. */
  get missed(): string | null {
    return this._state.kind === 'shown' ? this._sought : null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._abort.abort();
    Signal.clearData(this);
  }

  /** Shows a file, at the version that a run holds where `ref` says one. */
  async show(wanted: Wanted, ref: string | null = null): Promise<void> {
    const isOther = !isSame(this._wanted, wanted);
    this._wanted = wanted;
    if (isOther || ref !== null) {
      this._chosen = ref;
      this._sought = ref;
    }
    if (isOther) {
      this._set({ kind: 'loading', path: pathOf(wanted) });
    }
    await this._load();
  }

  choose(ref: string): void {
    this._chosen = ref;
    this._sought = null;
    this._changed.emit();
  }

  /** Fetches again where what is shown may be old. */
  refresh(): void {
    if (this._state.kind === 'shown' && this._markNow() !== this._mark) {
      void this._load();
    }
  }

  /** Fetches in any case. */
  async retry(): Promise<void> {
    await this._load();
  }

  // Of the workspace that is followed; of others we hear nothing.
  private _markNow(): string {
    const { workspace, status } = this._model;
    const shown = this._state.kind === 'shown' ? this._state.file : null;
    if (!shown || workspace?.id !== shown.workspace) {
      return this._mark;
    }
    const own = status?.changes.files.find(({ path }) => path === shown.path);
    return JSON.stringify([status?.revision, status?.last_snapshot?.id, own]);
  }

  private async _load(): Promise<void> {
    const wanted = this._wanted;
    if (!wanted) {
      return;
    }
    this._abort.abort();
    this._abort = new AbortController();
    const { signal } = this._abort;
    try {
      const file = await this._fileOf(wanted, signal);
      const { client } = this._model;
      const { workspace, path } = file;
      const versions = await client.versions(workspace, path, signal);
      if (!signal.aborted) {
        this._showAnswer(file, versions);
      }
    } catch (reason) {
      if (!signal.aborted) {
        this._fail(wanted, asFailure(reason));
      }
    }
  }

  private _showAnswer(file: IVersionedFile, versions: Versions): void {
    this._state = { kind: 'shown', file, versions, trouble: null };
    this._mark = this._markNow();
    this._chosen = refWith(versions, this._sought ?? this._chosen);
    if (this._chosen !== null) {
      this._sought = null;
    }
    this._changed.emit();
  }

  // What is on screen stays, and says that it may be old.
  private _fail(wanted: Wanted, failure: ApiFailure): void {
    if (failure.kind === 'aborted') {
      return;
    }
    this._set(
      this._state.kind === 'shown'
        ? { ...this._state, trouble: failure }
        : { kind: 'failed', path: pathOf(wanted), failure }
    );
  }

  private async _fileOf(
    wanted: Wanted,
    signal: AbortSignal
  ): Promise<IVersionedFile> {
    if (!('jupyterPath' in wanted)) {
      return wanted;
    }
    const { jupyterPath } = wanted;
    const found = await this._workspaceOf(jupyterPath, signal);
    const path = relativePath(found, jupyterPath) ?? jupyterPath;
    return { workspace: found.id, root: found.api_path, path };
  }

  private async _workspaceOf(
    path: string,
    signal: AbortSignal
  ): Promise<Workspace> {
    return this._model.client.workspaceAt(path, signal);
  }

  private _set(state: FileVersionsState): void {
    if (!this._isDisposed) {
      this._state = state;
      this._changed.emit();
    }
  }
}

/**
 * The version that a run holds: its own where it stands for one, else the one it is listed with.
 * Null, which is the newest, where there is none.
 */
function refWith({ versions }: Versions, ref: string | null): string | null {
  const found =
    versions.find(version => version.ref === ref) ??
    versions.find(({ runs }) => runs.some(({ run }) => run === ref)) ??
    versions.find(({ snapshot }) => ref !== null && `@${snapshot}` === ref);
  return found?.ref ?? null;
}

const pathOf = (wanted: Wanted): FilePath =>
  'jupyterPath' in wanted ? wanted.jupyterPath : wanted.path;

function isSame(a: Wanted | null, b: Wanted): boolean {
  return a !== null && keyOf(a) === keyOf(b);
}

/** Another one for another file. */
export const keyOf = (wanted: Wanted): string =>
  'jupyterPath' in wanted
    ? wanted.jupyterPath
    : `${wanted.workspace} ${JSON.stringify(wanted.path)}`;
