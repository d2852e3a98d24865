/**
 * Owns what a run page knows of repetitions: what running again would do, asked when somebody wants to
 * (it starts the interpreter), and the verdict of a run that repeats another.
 */
import type { Run } from '@dotscience/core';
import type { RerunModel } from '@dotscience/views';

import { asFailure, type IClient } from '../api';
import type { IRunRef } from '../commands/context';

const ABSENT = { kind: 'absent' } as const;

export class Repeating {
  private readonly _client: IClient;
  private readonly _ref: IRunRef;
  private readonly _signal: AbortSignal;
  private readonly _changed: () => void;
  private _state: RerunModel = { plan: ABSENT, verdict: ABSENT };
  private _asks = false;

  /** `changed` is called after each change of what can be read here. */
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

  get state(): RerunModel & { readonly asks: boolean } {
    return { ...this._state, asks: this._asks };
  }

  /** Opens or closes the form. */
  ask(open: boolean): void {
    this._asks = open;
    this._changed();
    if (open) {
      void this.look();
    }
  }

  /** What belongs to the run as it is now; what running it again would do is asked by the form alone. */
  async load(run: Run): Promise<void> {
    if (run.repeats) {
      await this._loadVerdict();
    }
  }

  async look(): Promise<void> {
    const { workspace, run } = this._ref;
    if (this._state.plan.kind !== 'ready') {
      this._set({ plan: { kind: 'loading' } });
    }
    try {
      const data = await this._client.rerunPlan(workspace, run, this._signal);
      this._set({ plan: { kind: 'ready', data } });
    } catch (reason) {
      this._set({ plan: { kind: 'failed', error: asFailure(reason).body } });
    }
  }

  private async _loadVerdict(): Promise<void> {
    const { workspace, run } = this._ref;
    try {
      const data = await this._client.verdict(workspace, run, this._signal);
      this._set({ verdict: { kind: 'ready', data } });
    } catch (reason) {
      this._set({ verdict: { kind: 'failed', error: asFailure(reason).body } });
    }
  }

  private _set(change: Partial<RerunModel>): void {
    if (!this._signal.aborted) {
      this._state = { ...this._state, ...change };
      this._changed();
    }
  }
}
