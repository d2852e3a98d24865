/**
 * Owns the detail of one run for its page, and its parts: fetched when the page is shown first, and
 * again when the feed says that the run changed or, at most once a second, while it goes on.
 */
import type { LiveRun, Run } from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { asFailure, type ApiFailure } from '../api';
import type { IRunRef } from '../commands/context';
import type { WorkspaceModel } from '../workspace/model';
import { Repeating } from '../rerun/model';
import { RunParts } from './parts';

/** Between two fetches of a run that goes on. */
const INTERVAL_MS = 1_000;

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
  private _asked: string | null = null;
  private _loading = false;
  private _pause: ReturnType<typeof setTimeout> | null = null;
  /** What was fetched beside the run itself. */
  readonly parts: RunParts;
  /** Running it again, and what that gave. */
  readonly repeating: Repeating;

  constructor(workspace: WorkspaceModel, ref: IRunRef) {
    this._workspace = workspace;
    this.ref = ref;
    this.parts = new RunParts(workspace.client, ref, this._abort.signal, () =>
      this._changed.emit()
    );
    this.repeating = new Repeating(
      workspace.client,
      ref,
      this._abort.signal,
      () => this._changed.emit()
    );
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
    clearTimeout(this._pause ?? undefined);
    Signal.clearData(this);
  }

  /** Fetches the run where what is shown may be old. */
  refresh(): void {
    const free = !this._loading && this._pause === null;
    if (free && !this.isDisposed && this._isStale()) {
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

  /** Adds or takes away a label, claims a file: the run is fetched again when that is done. */
  async amend(call: Promise<void>): Promise<void> {
    await call;
    await this._load();
  }

  private _isStale(): boolean {
    const mark = this._mark();
    switch (this._state.kind) {
      case 'loading':
        return true;
      case 'failed':
        return this._state.failure.retryable || mark !== this._asked;
      case 'shown':
        return mark !== null && mark !== this._asked;
    }
  }

  // Another one when the run changed. No feed is followed of another workspace than the one shown.
  private _mark(): string | null {
    const { workspace, runs } = this._workspace;
    if (workspace?.id !== this.ref.workspace) {
      return null;
    }
    const revision = runs?.get(this.ref.run)?.revision ?? null;
    const live = this._live();
    return live
      ? `${revision} ${live.points} ${live.last_told} ${live.progress?.done}`
      : revision === null
        ? null
        : String(revision);
  }

  private _live(): LiveRun | null {
    const running = this._workspace.status?.running ?? [];
    return running.find(({ id }) => id === this.ref.run) ?? null;
  }

  private async _load(): Promise<void> {
    const { client } = this._workspace;
    this._asked = this._mark();
    this._loading = true;
    try {
      const { workspace, run } = this.ref;
      const found = await client.run(workspace, run, this._abort.signal);
      this._set({ kind: 'shown', run: found });
      await this.parts.load(found);
      void this.repeating.load(found);
    } catch (reason) {
      // What is on screen stays; the panel says that the server is away.
      if (this._state.kind !== 'shown') {
        this._set({ kind: 'failed', failure: asFailure(reason) });
      }
    } finally {
      this._loading = false;
      this._rest();
    }
  }

  // What came meanwhile is fetched after a pause, so that a fast run costs one fetch a second.
  private _rest(): void {
    clearTimeout(this._pause ?? undefined);
    this._pause = null;
    if (this._live() && !this.isDisposed) {
      this._pause = setTimeout(() => {
        this._pause = null;
        this.refresh();
      }, INTERVAL_MS);
    } else if (!this.isDisposed && this._mark() !== this._asked) {
      this.refresh();
    }
  }

  private _set(state: RunPageState): void {
    if (!this.isDisposed) {
      this._state = state;
      this._changed.emit();
    }
  }
}
