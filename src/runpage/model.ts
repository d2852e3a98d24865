/**
 * Owns the detail of one run for its page: fetched when the page is shown first, and again when
 * the feed says that the run changed.
 */
import type { Run } from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { asFailure, type ApiFailure } from '../api';
import type { IRunRef } from '../commands/context';
import type { WorkspaceModel } from '../workspace/model';

export type RunPageState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'shown'; readonly run: Run }
  | { readonly kind: 'failed'; readonly failure: ApiFailure };

export class RunPageModel implements IDisposable {
  readonly ref: IRunRef;
  private readonly _workspace: WorkspaceModel;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _abort = new AbortController();
  private _state: RunPageState = { kind: 'loading' };
  private _asked: number | null = null;
  private _loading = false;

  constructor(workspace: WorkspaceModel, ref: IRunRef) {
    this._workspace = workspace;
    this.ref = ref;
    workspace.changed.connect(this.refresh, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): RunPageState {
    return this._state;
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
    Signal.clearData(this);
  }

  /** Fetches the run where what is shown may be old. */
  refresh(): void {
    if (!this._loading && !this.isDisposed && this._isStale()) {
      void this._load();
    }
    this._changed.emit();
  }

  /** Fetches the run in any case. */
  retry(): void {
    if (!this._loading && !this.isDisposed) {
      void this._load();
    }
  }

  private _isStale(): boolean {
    const revision = this._revisionInFeed();
    switch (this._state.kind) {
      case 'loading':
        return true;
      case 'failed':
        return this._state.failure.retryable || revision !== this._asked;
      case 'shown':
        return revision !== null && revision !== this._asked;
    }
  }

  // No feed is followed of another workspace than the one shown.
  private _revisionInFeed(): number | null {
    const { workspace, runs } = this._workspace;
    return workspace?.id === this.ref.workspace
      ? (runs?.get(this.ref.run)?.revision ?? null)
      : null;
  }

  private async _load(): Promise<void> {
    const { client } = this._workspace;
    this._asked = this._revisionInFeed();
    this._loading = true;
    try {
      const { workspace, run } = this.ref;
      const found = await client.run(workspace, run, this._abort.signal);
      this._set({ kind: 'shown', run: found });
    } catch (reason) {
      // What is on screen stays; the panel says that the server is away.
      if (this._state.kind !== 'shown') {
        this._set({ kind: 'failed', failure: asFailure(reason) });
      }
    } finally {
      this._loading = false;
    }
  }

  private _set(state: RunPageState): void {
    if (!this.isDisposed) {
      this._state = state;
      this._changed.emit();
    }
  }
}
