/**
 * Owns what of a run is fetched beside its detail: curves, cells, environment, log. Each part by
 * itself: one that fails or lacks stops no other, and what is on screen stays until newer is there.
 */
import type { Run } from '@dotscience/core';
import {
  NO_PARTS,
  type Curves,
  type CurvesQuery,
  type LogLines,
  type RunParts as ViewParts
} from '@dotscience/views';

import { asFailure, type IClient } from '../api';
import type { IRunRef } from '../commands/context';
import { lastLines, newLines, olderLines } from './log';

/** Enough to say which metrics are curves. */
const HEAD_POINTS = 10;
const POINTS = 1_000;

type Name = keyof ViewParts;
type Data<K extends Name> = Extract<ViewParts[K], { kind: 'ready' }>['data'];

export class RunParts {
  private readonly _client: IClient;
  private readonly _ref: IRunRef;
  private readonly _signal: AbortSignal;
  private readonly _changed: () => void;
  private readonly _asked = new Map<Name, number>();
  private _state: ViewParts = NO_PARTS;
  private _query: CurvesQuery | null = null;
  private _compareTo: 'now' | null = null;

  /** `changed` is called after each change of `state`. */
  constructor(
    client: IClient,
    ref: IRunRef,
    signal: AbortSignal,
    changed: () => void
  ) {
    this._client = client;
    this._ref = ref;
    this._signal = signal;
    this._changed = changed;
  }

  get state(): ViewParts {
    return this._state;
  }

  /** Fetches every part that the run has; resolves when all are there or failed. */
  async load(run: Run): Promise<void> {
    const goesOn = run.state === 'running';
    await Promise.all([
      (goesOn || run.curves > 0) && this._loadHeads(),
      this._loadCurves(),
      (goesOn || run.cells) && this._loadCells(),
      run.environment && this._loadEnvironment(),
      this._mayHaveLog(run) && this._loadLog(run.log?.lines ?? null)
    ]);
  }

  // A command's log grows while it goes on; a notebook's is what was saved with it.
  private _mayHaveLog(run: Run): boolean {
    const { log } = this._state;
    const isNone = log.kind === 'failed' && log.error.code === 'not-recorded';
    const isSaved = run.sources.some(source => source.startsWith('notebook:'));
    return (
      run.log !== null ||
      (isSaved && run.state !== 'running') ||
      (run.workload !== null && run.state === 'running' && !isNone)
    );
  }

  /** These curves are on screen now. */
  want(query: CurvesQuery): void {
    if (JSON.stringify(query) !== JSON.stringify(this._query)) {
      this._query = query;
      void this._loadCurves();
    }
  }

  compareEnvironment(to: 'now' | 'before'): void {
    this._compareTo = to === 'now' ? 'now' : null;
    void this._loadEnvironment();
  }

  earlierLog(): void {
    const held = this._held('log');
    if (held && held.from > 0) {
      void this._fetch('log', () =>
        olderLines(this._client, this._ref, held, this._signal)
      );
    }
  }

  private _loadHeads(): Promise<void> {
    const { workspace, run } = this._ref;
    return this._fetch('heads', async () => {
      const query = { points: HEAD_POINTS };
      const answer = await this._client.series(
        workspace,
        run,
        query,
        this._signal
      );
      return answer.series;
    });
  }

  private async _loadCurves(): Promise<void> {
    const query = this._query;
    if (query) {
      await this._fetch('curves', () => this._curves(query));
    }
  }

  private async _curves(query: CurvesQuery): Promise<Curves> {
    const { keys, axis, range, before } = query;
    const { workspace, run } = this._ref;
    const asked = { keys, axis, points: POINTS, ...spanOf(range) };
    const [own, other] = await Promise.all([
      this._client.series(workspace, run, asked, this._signal),
      before === null
        ? null
        : this._client
            .series(workspace, before, asked, this._signal)
            // Beside it only: its own page says what is wrong with it.
            .catch(() => null)
    ]);
    return { axis, own: own.series, before: other?.series ?? [] };
  }

  private _loadCells(): Promise<void> {
    const { workspace, run } = this._ref;
    return this._fetch('cells', () =>
      this._client.cells(workspace, run, this._signal)
    );
  }

  private _loadEnvironment(): Promise<void> {
    const { workspace, run } = this._ref;
    return this._fetch('environment', () =>
      this._client.environment(workspace, run, this._compareTo, this._signal)
    );
  }

  private _loadLog(known: number | null): Promise<void> {
    const held: LogLines | null = this._held('log');
    return this._fetch('log', () =>
      held
        ? newLines(this._client, this._ref, held, this._signal)
        : lastLines(this._client, this._ref, known, this._signal)
    );
  }

  private _held<K extends Name>(name: K): Data<K> | null {
    const part = this._state[name];
    return part.kind === 'ready' ? (part.data as Data<K>) : null;
  }

  // Of two answers to one part the one that was asked for later holds.
  private async _fetch<K extends Name>(
    name: K,
    ask: () => Promise<Data<K>>
  ): Promise<void> {
    const turn = (this._asked.get(name) ?? 0) + 1;
    this._asked.set(name, turn);
    if (this._state[name].kind === 'absent') {
      this._set(name, { kind: 'loading' });
    }
    try {
      const data = await ask();
      if (this._asked.get(name) === turn) {
        this._set(name, { kind: 'ready', data });
      }
    } catch (reason) {
      const failure = asFailure(reason);
      const isShown = this._state[name].kind === 'ready';
      if (this._asked.get(name) === turn && !isShown) {
        this._set(name, { kind: 'failed', error: failure.body });
      }
    }
  }

  private _set(name: Name, part: ViewParts[Name] | object): void {
    if (!this._signal.aborted) {
      this._state = { ...this._state, [name]: part };
      this._changed();
    }
  }
}

function spanOf(range: CurvesQuery['range']): { from?: number; to?: number } {
  if (!range) {
    return {};
  }
  const [from, to] = range;
  return {
    ...(Number.isFinite(from) ? { from } : {}),
    ...(Number.isFinite(to) ? { to } : {})
  };
}
