/**
 * Owns what the panel knows of kernel sessions: those nobody published, and whether they are recorded.
 * They are asked for when the status says that something changed, at most once a second.
 */
import type { CaptureSettings, Draft } from '@dotscience/core';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { WorkspaceModel } from '../workspace/model';

const INTERVAL_MS = 1_000;

export class Sessions implements IDisposable {
  private readonly _model: WorkspaceModel;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _abort = new AbortController();
  private _drafts: readonly Draft[] | null = null;
  private _settings: CaptureSettings | null = null;
  private _asksSettings = true;
  /** Of which state of which workspace the list is. */
  private _of = '';
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _isBusy = false;

  constructor(model: WorkspaceModel) {
    this._model = model;
    model.changed.connect(this.look, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Null until they are known, and where the server knows no sessions. */
  get drafts(): readonly Draft[] | null {
    return this._drafts;
  }

  /** Whether kernels that start now are recorded; null where that is not known. */
  get capture(): boolean | null {
    return this._settings?.capture ?? null;
  }

  /** False where an environment variable decides. */
  get canTurnOn(): boolean {
    return (
      this._settings !== null && !this._settings.locked.includes('capture')
    );
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

  /** Asks for the settings again: they may be changed elsewhere. */
  refresh(): void {
    this._asksSettings = true;
    this._of = '';
    this.look();
  }

  /** Rejects with `ApiFailure`. */
  async turnOn(): Promise<void> {
    const settings = { ...this._known(), capture: true };
    await this._model.client.setCaptureSettings(settings);
    this._settings = settings;
    this._changed.emit();
  }

  /** Fetches what is not known yet; only while something on screen shows it. */
  look(): void {
    const { workspace, status, isWatched } = this._model;
    if (!workspace || !status || !isWatched || this.isDisposed) {
      return;
    }
    const of = `${workspace.id} ${status.status} ${status.revision}`;
    if (of === this._of || this._isBusy || this._timer !== null) {
      return;
    }
    this._timer = setTimeout(() => {
      this._timer = null;
      this.look();
    }, INTERVAL_MS);
    void this._fetch(workspace.id, of, status.drafts);
  }

  private _known(): CaptureSettings {
    return this._settings ?? { capture: true, mlflow: false, locked: [] };
  }

  private async _fetch(
    workspace: string,
    of: string,
    count: number
  ): Promise<void> {
    this._isBusy = true;
    const [drafts, settings] = await Promise.all([
      count === 0 ? [] : this._list(workspace),
      this._asksSettings ? this._readSettings() : this._settings
    ]);
    this._isBusy = false;
    if (this.isDisposed) {
      return;
    }
    const differs =
      JSON.stringify([drafts, settings]) !==
      JSON.stringify([this._drafts, this._settings]);
    this._of = of;
    this._drafts = drafts;
    this._settings = settings;
    if (differs) {
      this._changed.emit();
    }
  }

  // A server of another version has no such routes: the section is left out.
  private async _list(workspace: string): Promise<readonly Draft[] | null> {
    try {
      const { signal } = this._abort;
      return await this._model.client.drafts(workspace, signal);
    } catch {
      return this._drafts;
    }
  }

  private async _readSettings(): Promise<CaptureSettings | null> {
    try {
      const { signal } = this._abort;
      const settings = await this._model.client.captureSettings(signal);
      this._asksSettings = false;
      // A server part of another version may answer this address with something else.
      return Array.isArray(settings?.locked) ? settings : null;
    } catch {
      return this._settings;
    }
  }
}
