/**
 * Owns the client's copy of one workspace: its runs and its status. `look` makes the copy equal to
 * the server's; calls while one is under way become one more at its end.
 */
import type { ColumnBlock, Feed, RunStore, Status } from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IClient, IRevision } from '../api';

export class Follower implements IDisposable {
  readonly workspace: string;
  readonly runs: RunStore;
  private readonly _client: IClient;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _abort = new AbortController();
  private _status: Status | null = null;
  private _loaded = false;
  private _looking: Promise<void> | null = null;
  private _again = false;

  constructor(client: IClient, workspace: string, runs: RunStore) {
    this._client = client;
    this.workspace = workspace;
    this.runs = runs;
  }

  /** The copy changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null until the first answer. */
  get status(): Status | null {
    return this._status;
  }

  /** False until the runs were fetched once. */
  get loaded(): boolean {
    return this._loaded;
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
    Signal.clearData(this);
  }

  /**
   * Fetches what differs. `hint` saves asking the server for its counters.
   * Rejects with `ApiFailure`; the copy then stays as it was.
   */
  look(hint?: IRevision): Promise<void> {
    if (this._looking) {
      this._again = true;
      return this._looking;
    }
    this._looking = this._loop(hint).finally(() => {
      this._looking = null;
    });
    return this._looking;
  }

  private async _loop(hint?: IRevision): Promise<void> {
    await this._once(hint);
    while (this._again && !this.isDisposed) {
      this._again = false;
      await this._once();
    }
  }

  private async _once(hint?: IRevision): Promise<void> {
    const { signal } = this._abort;
    const now =
      hint ??
      (await this._client.changes(this.workspace, this.runs.revision, signal));
    const [feed, status] = await Promise.all([
      this._runsBehind(now) ? this._fetchRuns() : null,
      this._statusBehind(now)
        ? this._client.status(this.workspace, signal)
        : null
    ]);
    if (this.isDisposed || (!feed && !status)) {
      return;
    }
    if (feed) {
      this.runs.apply(feed.feed, feed.blocks);
      this._loaded = true;
    }
    this._status = status ?? this._status;
    this._changed.emit();
  }

  // Not "newer": a rebuilt index may count from lower numbers.
  private _runsBehind(now: IRevision): boolean {
    return !this._loaded || now.revision !== this.runs.revision;
  }

  private _statusBehind(now: IRevision): boolean {
    return (
      this._status === null ||
      now.status !== this._status.status ||
      now.revision !== this._status.revision
    );
  }

  private async _fetchRuns(): Promise<{ feed: Feed; blocks: ColumnBlock[] }> {
    const since = this._loaded ? this.runs.revision : 0;
    const { signal } = this._abort;
    const feed = await this._client.feed(this.workspace, since, signal);
    const blocks = await Promise.all(
      feed.blocks.map(({ index, revision }) =>
        this._client.block(this.workspace, index, revision)
      )
    );
    return { feed, blocks };
  }
}
