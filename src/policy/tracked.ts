/**
 * Owns what is kept of what is selected in the file browser: asked when the menu opens, one workspace at a
 * time. What was asked before another selection is dropped.
 */
import type { PathPolicy, Workspace } from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { asFailure, type ApiFailure } from '../api';
import { relativePath } from '../bringing/paths';
import type { WorkspaceModel } from '../workspace/model';

/** More are asked for together, not one by one: the first say enough. */
const MOST = 50;

export type TrackedState =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'failed'; readonly failure: ApiFailure }
  | {
      readonly kind: 'known';
      readonly workspace: Workspace;
      readonly paths: readonly PathPolicy[];
      /** Workspace-relative, all that are selected. */
      readonly names: readonly string[];
    };

export class Tracked implements IDisposable {
  private readonly _model: WorkspaceModel;
  private readonly _changed = new Signal<this, void>(this);
  private _state: TrackedState = { kind: 'none' };
  private _abort = new AbortController();
  private _isDisposed = false;

  constructor(model: WorkspaceModel) {
    this._model = model;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): TrackedState {
    return this._state;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._abort.abort();
    Signal.clearData(this);
  }

  /** Asks about these Jupyter paths; resolves when the answer is there, or not to be had. */
  async ask(paths: readonly string[]): Promise<void> {
    this._abort.abort();
    const abort = (this._abort = new AbortController());
    this._set(paths.length === 0 ? { kind: 'none' } : { kind: 'asking' });
    if (paths.length === 0) {
      return;
    }
    try {
      const state = await this._found(paths, abort.signal);
      if (!abort.signal.aborted) {
        this._set(state);
      }
    } catch (reason) {
      if (!abort.signal.aborted) {
        this._set({ kind: 'failed', failure: asFailure(reason) });
      }
    }
  }

  private async _found(
    paths: readonly string[],
    signal: AbortSignal
  ): Promise<TrackedState> {
    const { client } = this._model;
    const workspace = await this._workspaceOf(paths[0], signal);
    const names = paths
      .map(path => relativePath(workspace, path))
      .filter(path => path !== null);
    const found = await Promise.all(
      names
        .slice(0, MOST)
        .map(name => client.pathPolicy(workspace.id, name, signal))
    );
    return { kind: 'known', workspace, paths: found, names };
  }

  // What is shown is most often the one; another folder's may be another.
  private async _workspaceOf(
    path: string,
    signal: AbortSignal
  ): Promise<Workspace> {
    const shown = this._model.workspace;
    return shown && relativePath(shown, path) !== null
      ? shown
      : this._model.client.workspaceAt(path, signal);
  }

  private _set(state: TrackedState): void {
    this._state = state;
    this._changed.emit();
  }
}
