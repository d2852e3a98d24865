/**
 * Owns what is known of a workspace's store: fetched at once as it was last counted, then counted anew;
 * again when a job that changes it has ended. Acts of the user never reject: what failed is told.
 */
import {
  PINNED,
  type Job,
  type Storage,
  type VerifyReport
} from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiFailure, asFailure } from '../api';
import type { WorkspaceModel } from '../workspace/model';

const KINDS: readonly Job['kind'][] = ['gc', 'verify', 'migrate'];

export interface IStorageRef {
  /** Replica id. */
  readonly workspace: string;
  readonly name: string;
}

export type StorageState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly failure: ApiFailure }
  | {
      readonly kind: 'shown';
      readonly storage: Storage;
      readonly verify: VerifyReport | null;
    };

export class StorageModel implements IDisposable {
  readonly ref: IStorageRef;
  private readonly _workspace: WorkspaceModel;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _abort = new AbortController();
  private _state: StorageState = { kind: 'loading' };
  private _failure: ApiFailure | null = null;
  private _going = '';

  constructor(workspace: WorkspaceModel, ref: IStorageRef) {
    this._workspace = workspace;
    this.ref = ref;
    workspace.changed.connect(this._onWorkspace, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): StorageState {
    return this._state;
  }

  /** Why the last act failed. */
  get failure(): ApiFailure | null {
    return this._failure;
  }

  get jobs(): readonly Job[] {
    const { workspace, status } = this._workspace;
    return workspace?.id === this.ref.workspace ? (status?.jobs ?? []) : [];
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
    Signal.clearData(this);
  }

  /** What is known at once, then counted anew. */
  async open(): Promise<void> {
    await this._load(false);
    await this._load(true);
  }

  setBudget(bytes: number | null): Promise<void> {
    return this._act(() =>
      this._workspace.client.setBudget(this.ref.workspace, bytes)
    );
  }

  pin(run: string, pinned: boolean): Promise<void> {
    return this._act(() =>
      this._workspace.client.label(
        this.ref.workspace,
        run,
        PINNED,
        pinned ? 'yes' : null
      )
    );
  }

  /** Pins the runs whose large files were to be given up. */
  keepRuns(): Promise<void> {
    return this._act(() => this._workspace.client.keepRuns(this.ref.workspace));
  }

  /** Gives bytes up, or only works out which. */
  gc(apply: boolean): Promise<void> {
    return this._act(() => this._follow(this._start('gc', apply)));
  }

  verify(repair: boolean): Promise<void> {
    return this._act(() => this._follow(this._start('verify', repair)));
  }

  private _start(kind: 'gc' | 'verify', how: boolean): Promise<Job> {
    return this._workspace.client[kind](this.ref.workspace, how);
  }

  private async _follow(started: Promise<Job>): Promise<void> {
    await this._workspace.finished(this.ref.workspace, await started);
  }

  private async _act(act: () => Promise<void>): Promise<void> {
    this._failure = null;
    this._changed.emit();
    try {
      await act();
    } catch (reason) {
      const failure = asFailure(reason);
      const isWanted = failure.body.code === 'cancelled';
      this._failure = isWanted || failure.kind === 'aborted' ? null : failure;
    }
    await this._load(true);
  }

  // A job that somebody else started has ended: what is stored is another now.
  private _onWorkspace(): void {
    const going = this.jobs
      .filter(({ kind, state }) => KINDS.includes(kind) && state !== 'done')
      .map(({ id }) => id)
      .join();
    if (going !== this._going) {
      this._going = going;
      if (going === '' && this._state.kind === 'shown') {
        void this._load(true);
      }
    }
    this._changed.emit();
  }

  private async _load(fresh: boolean): Promise<void> {
    const { client } = this._workspace;
    const { workspace } = this.ref;
    const { signal } = this._abort;
    try {
      const [storage, verify] = await Promise.all([
        client.storage(workspace, fresh, signal),
        this._report()
      ]);
      this._set({ kind: 'shown', storage, verify });
    } catch (reason) {
      // What is on screen stays.
      if (this._state.kind !== 'shown') {
        this._set({ kind: 'failed', failure: asFailure(reason) });
      }
    }
  }

  private async _report(): Promise<VerifyReport | null> {
    try {
      return await this._workspace.client.verifyReport(
        this.ref.workspace,
        this._abort.signal
      );
    } catch (reason) {
      if (reason instanceof ApiFailure && reason.body.code === 'not-recorded') {
        return null;
      }
      throw reason;
    }
  }

  private _set(state: StorageState): void {
    if (!this.isDisposed) {
      this._state = state;
      this._changed.emit();
    }
  }
}
