/**
 * Owns which workspace is shown and how fresh its copy is. It follows the place where the user
 * works, remembers the last workspace found, and recovers by itself from a lost server or worker.
 *
 *   locating ──► open ◄─┐ (another place)        open with `trouble`: the copy may be old,
 *      │           └────┘                         the next look that succeeds clears it
 *      ├──► missing   no server part; final until the page is reloaded
 *      └──► none      no workspace at that place
 */
import {
  RunStore,
  type Job,
  type Notice,
  type Status,
  type Workspace
} from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { DisposableDelegate } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import {
  asFailure,
  type ApiFailure,
  type IClient,
  type IRevision
} from '../api';
import { Follower } from './follow';
import { Incidents } from './incidents';
import { finished } from './jobs';

/** Where the user works: a Jupyter path, or null when nowhere known. */
export interface IPlace extends IDisposable {
  readonly path: string | null;
  readonly changed: ISignal<IPlace, void>;
}

export type WorkspaceState =
  | { readonly kind: 'locating' }
  | { readonly kind: 'missing'; readonly failure: ApiFailure }
  | { readonly kind: 'none'; readonly failure: ApiFailure }
  | { readonly kind: 'open'; readonly workspace: Workspace };

export class WorkspaceModel implements IDisposable {
  readonly client: IClient;
  private readonly _place: IPlace;
  private readonly _incidents = new Incidents();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _abort = new AbortController();
  private _state: WorkspaceState = { kind: 'locating' };
  private _follower: Follower | null = null;
  private _trouble: ApiFailure | null = null;
  private _located: string | null = null;
  private _refused: string | null = null;
  private _locating: Promise<void> | null = null;
  private _watchers = 0;

  constructor(client: IClient, place: IPlace) {
    this.client = client;
    this._place = place;
    place.changed.connect(this._onPlace, this);
  }

  /** Anything read from this model changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): WorkspaceState {
    return this._state;
  }

  /** The open workspace, or null. */
  get workspace(): Workspace | null {
    return this._state.kind === 'open' ? this._state.workspace : null;
  }

  /** The runs of the open workspace; null before the first answer. */
  get runs(): RunStore | null {
    return this._follower?.loaded ? this._follower.runs : null;
  }

  get status(): Status | null {
    return this._follower?.status ?? null;
  }

  /** What the user should know: the worker's notices, and calls of ours that failed. */
  get notices(): readonly Notice[] {
    return [
      ...this._incidents.of(this.workspace?.id ?? null),
      ...(this.status?.notices ?? [])
    ];
  }

  /** Why the copy may be old; null when the last look succeeded. */
  get trouble(): ApiFailure | null {
    return this._trouble;
  }

  /** True while something on screen shows this model. */
  get isWatched(): boolean {
    return this._watchers > 0;
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
    this._follower?.dispose();
    this._place.dispose();
    Signal.clearData(this);
  }

  /** Says that something on screen shows this model, until the result is disposed. */
  watch(): IDisposable {
    this._watchers += 1;
    this._changed.emit();
    return new DisposableDelegate(() => {
      this._watchers -= 1;
      this._changed.emit();
    });
  }

  /** The server said, with counters, that a workspace changed. */
  async hint(workspace: string, now: IRevision): Promise<void> {
    if (workspace === this.workspace?.id) {
      await this.look(now);
    }
  }

  /**
   * Makes the copy equal to the server's and never rejects: what went wrong is in `trouble` or
   * `state`. Resolves to whether it succeeded.
   */
  async look(hint?: IRevision): Promise<boolean> {
    if (this._state.kind === 'missing' || this.isDisposed) {
      return false;
    }
    try {
      await this._openWhereUserIs();
      await this._follower?.look(hint);
      this._settle(null);
    } catch (reason) {
      this._settle(asFailure(reason));
    }
    return this._trouble === null && this._state.kind === 'open';
  }

  /**
   * Resolves with the finished job of a workspace; rejects with `ApiFailure`. `told` hears how far
   * it is meanwhile.
   */
  async finished(
    workspace: string,
    job: Job,
    told?: (job: Job) => void
  ): Promise<Job> {
    void this.look();
    const { signal } = this._abort;
    try {
      return await finished(this.client, workspace, job, signal, told);
    } finally {
      void this.look();
    }
  }

  /** The open workspace; throws a plain error where there is none. */
  open(): Workspace {
    if (this._state.kind !== 'open') {
      throw new Error('No workspace is open.');
    }
    return this._state.workspace;
  }

  /**
   * Keeps a failed call of the user among the notices of a workspace (the open one, unless another is named)
   * until it is dismissed.
   */
  report(
    what: string,
    failure: ApiFailure,
    severity: Notice['severity'] = 'error',
    workspace: string | null = this.workspace?.id ?? null
  ): void {
    this._incidents.add(what, failure, severity, workspace);
    this._changed.emit();
  }

  /** Rejects with `ApiFailure`. */
  async dismiss(notice: string): Promise<void> {
    if (!this._incidents.dismiss(notice)) {
      await this.client.dismissNotice(this.open().id, notice);
    }
    this._changed.emit();
    await this.look();
  }

  private _onPlace(): void {
    void this.look();
  }

  private _settle(failure: ApiFailure | null): void {
    if (this.isDisposed || failure?.kind === 'aborted') {
      return;
    }
    if (failure?.body.code === 'workspace-unknown') {
      // A restarted server: asking for the workspace by path opens it again.
      this._located = null;
    }
    const before = this._trouble;
    this._trouble = failure;
    if (before !== failure) {
      this._changed.emit();
    }
  }

  private _openWhereUserIs(): Promise<void> {
    const path = this._wantedPath();
    const folder = path === null ? null : folderOf(path);
    if (path === null || folder === null || folder === this._located) {
      return this._locating ?? Promise.resolve();
    }
    this._located = folder;
    if (this._state.kind === 'none' && folder !== this._refused) {
      this._leave({ kind: 'locating' });
    }
    const locating = this._locate(path, folder).finally(() => {
      if (this._locating === locating) {
        this._locating = null;
      }
    });
    this._locating = locating;
    return locating;
  }

  private _wantedPath(): string | null {
    const lost = this._located === null;
    const last = lost ? (this.workspace?.api_path ?? null) : null;
    return this._place.path ?? last;
  }

  private async _locate(path: string, folder: string): Promise<void> {
    try {
      const found = await this.client.workspaceAt(path, this._abort.signal);
      if (!this.isDisposed && this._located === folder) {
        this._show(found);
      }
    } catch (reason) {
      this._notFound(asFailure(reason), folder);
    }
  }

  private _notFound(failure: ApiFailure, folder: string): void {
    if (this.isDisposed || this._located !== folder) {
      return;
    }
    if (failure.kind === 'missing') {
      this._leave({ kind: 'missing', failure });
    } else if (failure.retryable) {
      this._located = null;
      throw failure;
    } else if (this._state.kind !== 'open') {
      // Asked again with the next look: a notebook or script may make it a workspace.
      this._located = null;
      this._refused = folder;
      this._leave({ kind: 'none', failure });
    }
  }

  private _show(workspace: Workspace): void {
    if (this._follower?.workspace !== workspace.id) {
      this._follower?.dispose();
      this._follower = new Follower(this.client, workspace.id, new RunStore());
      this._follower.changed.connect(() => this._changed.emit());
    }
    this._state = { kind: 'open', workspace };
    this._changed.emit();
  }

  private _leave(state: WorkspaceState): void {
    this._follower?.dispose();
    this._follower = null;
    this._state = state;
    this._changed.emit();
  }
}

// Notebooks of one folder are in one workspace.
function folderOf(path: string): string {
  return path.endsWith('.ipynb')
    ? path.slice(0, path.lastIndexOf('/') + 1)
    : path;
}
