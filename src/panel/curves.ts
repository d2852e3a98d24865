/**
 * Owns the curves of the live runs on screen. Each is fetched again when its run has more points, at
 * most once a second; a curve that cannot be had is tried again with the next point.
 */
import type { Series } from '@dotscience/core';
import type { WantedCurve } from '@dotscience/views';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import type { WorkspaceModel } from '../workspace/model';

const INTERVAL_MS = 1_000;
/** As many points as the small curve has pixels. */
const POINTS = 120;

interface Fetched {
  readonly key: string;
  readonly series: Series | null;
  /** How many points the run had then. */
  readonly points: number;
}

export class LiveCurves implements IDisposable {
  private readonly _model: WorkspaceModel;
  private readonly _changed = new Signal<this, void>(this);
  private _wanted: readonly WantedCurve[] = [];
  private _fetched: ReadonlyMap<string, Fetched> = new Map();
  private _curves: ReadonlyMap<string, Series | null> = new Map();
  private _abort = new AbortController();
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _isBusy = false;
  private _isDisposed = false;

  constructor(model: WorkspaceModel) {
    this._model = model;
    model.changed.connect(this._look, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** By run; the same map as long as nothing changes. */
  get curves(): ReadonlyMap<string, Series | null> {
    return this._curves;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this.want([]);
    Signal.clearData(this);
  }

  /** From now on these curves, and no others. */
  want(wanted: readonly WantedCurve[]): void {
    this._wanted = wanted;
    const runs = new Set(wanted.map(({ run }) => run));
    const kept = [...this._fetched].filter(([run]) => runs.has(run));
    this._fetched = new Map(kept);
    if (wanted.length === 0) {
      this._abort.abort();
      this._abort = new AbortController();
    }
    this._look();
  }

  // Between two fetches lies a pause, whatever happens: the timer stands for both.
  private _look(): void {
    const due = this._due();
    const workspace = this._model.workspace?.id;
    const idle = due.length === 0 || !this._model.isWatched;
    if (this._timer !== null || this._isBusy || idle || !workspace) {
      return;
    }
    this._timer = setTimeout(() => {
      this._timer = null;
      this._look();
    }, INTERVAL_MS);
    void this._fetch(workspace, due);
  }

  private _due(): readonly WantedCurve[] {
    return this._wanted.filter(({ run, key }) => {
      const before = this._fetched.get(run);
      const points = this._points(run);
      return points > 0 && (before?.points !== points || before.key !== key);
    });
  }

  private _points(run: string): number {
    const running = this._model.status?.running ?? [];
    return running.find(({ id }) => id === run)?.points ?? 0;
  }

  private async _fetch(
    workspace: string,
    due: readonly WantedCurve[]
  ): Promise<void> {
    const { signal } = this._abort;
    this._isBusy = true;
    const answers = await Promise.all(
      due.map(async ({ run, key }): Promise<[string, Fetched]> => {
        const points = this._points(run);
        const series = await this._series(workspace, run, key, signal);
        return [run, { key, series, points }];
      })
    );
    this._isBusy = false;
    if (signal.aborted || this._isDisposed) {
      return;
    }
    const runs = new Set(this._wanted.map(({ run }) => run));
    this._fetched = new Map(
      [...this._fetched, ...answers].filter(([run]) => runs.has(run))
    );
    this._curves = new Map(
      [...this._fetched].map(([run, { series }]) => [run, series])
    );
    this._changed.emit();
  }

  private async _series(
    workspace: string,
    run: string,
    key: string,
    signal: AbortSignal
  ): Promise<Series | null> {
    try {
      const query = { keys: [key], points: POINTS };
      const answer = await this._model.client.series(
        workspace,
        run,
        query,
        signal
      );
      return answer.series.find(series => series.key === key) ?? null;
    } catch {
      // What is wrong with the server says the panel itself; a card does without its curve.
      return this._fetched.get(run)?.series ?? null;
    }
  }
}
