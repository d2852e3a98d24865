/**
 * Owns asking for the hidden state of one open notebook: after each execution and each save, at most
 * once a second, and once more when the worker has something new soon after. Nothing is asked while
 * the notebook is not the current one.
 */
import type { CellsAnswer } from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiFailure } from '../api';
import type { WorkspaceModel } from '../workspace/model';

const INTERVAL_MS = 1_000;
/** How long after an execution the worker may still be reading of it. */
const ECHO_MS = 6_000;

export class HiddenState implements IDisposable {
  private readonly _model: WorkspaceModel;
  private readonly _path: () => string | null;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _abort = new AbortController();
  private _answer: CellsAnswer | null = null;
  private _wanted = false;
  private _isBusy = false;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _echoUntil = 0;
  private _seen = '';

  /** `path` gives the notebook's path in the workspace; null while it is not to be asked for. */
  constructor(model: WorkspaceModel, path: () => string | null) {
    this._model = model;
    this._path = path;
    model.changed.connect(this._onModel, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null where no session is recorded. */
  get answer(): CellsAnswer | null {
    return this._answer;
  }

  get isDisposed(): boolean {
    return this._abort.signal.aborted;
  }

  dispose(): void {
    this._abort.abort();
    if (this._timer !== null) {
      clearTimeout(this._timer);
    }
    Signal.clearData(this);
  }

  /** Something happened that may change the state. */
  request(): void {
    this._echoUntil = Date.now() + ECHO_MS;
    this._wanted = true;
    this._look();
  }

  /** The session is over: what was found is about nothing any more. */
  forget(): void {
    if (this._answer) {
      this._answer = null;
      this._changed.emit();
    }
  }

  private _onModel(): void {
    const { workspace, status } = this._model;
    const now = `${workspace?.id} ${status?.status} ${status?.revision}`;
    const isNew = now !== this._seen;
    this._seen = now;
    if (isNew && Date.now() < this._echoUntil) {
      this._wanted = true;
    }
    this._look();
  }

  private _look(): void {
    const workspace = this._model.workspace?.id;
    const path = this._path();
    const waits = this._isBusy || this._timer !== null || this.isDisposed;
    if (!this._wanted || waits || !workspace || path === null) {
      return;
    }
    this._wanted = false;
    this._timer = setTimeout(() => {
      this._timer = null;
      this._look();
    }, INTERVAL_MS);
    void this._fetch(workspace, path);
  }

  private async _fetch(workspace: string, path: string): Promise<void> {
    this._isBusy = true;
    const answer = await this._ask(workspace, path);
    this._isBusy = false;
    if (this.isDisposed || answer === undefined) {
      return;
    }
    const isSame = JSON.stringify(answer) === JSON.stringify(this._answer);
    this._answer = answer;
    if (!isSame) {
      this._changed.emit();
    }
  }

  // Undefined where it could not be asked: what is known stays.
  private async _ask(
    workspace: string,
    path: string
  ): Promise<CellsAnswer | null | undefined> {
    try {
      const { client } = this._model;
      return await client.hidden(workspace, path, this._abort.signal);
    } catch (reason) {
      const refused = reason instanceof ApiFailure && reason.kind === 'refused';
      return refused ? null : undefined;
    }
  }
}
