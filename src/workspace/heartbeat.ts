/**
 * Owns when the model looks: on the server's events, and in case one is lost, at an interval. The
 * interval follows what is on screen, backs off while the server is away and stops with the page.
 */
import type { Event } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal } from '@lumino/signaling';

import type { WorkspaceModel } from './model';

export const EVENT_SCHEMA =
  'https://events.jupyter.org/dotscience/workspace_changed/v1';

const LIVE_MS = 1_500;
const WATCHED_MS = 5_000;
const IDLE_MS = 20_000;
const MAX_MS = 30_000;

export class Heartbeat implements IDisposable {
  private readonly _model: WorkspaceModel;
  private readonly _events: Event.Stream;
  private readonly _poll: Poll;

  constructor(model: WorkspaceModel, events: Event.Stream) {
    this._model = model;
    this._events = events;
    this._poll = new Poll({
      name: 'jupyterlab-dotscience:heartbeat',
      auto: false,
      factory: () => this._beat(),
      frequency: { interval: IDLE_MS, backoff: true, max: MAX_MS },
      standby: 'when-hidden'
    });
    model.changed.connect(this._onModel, this);
    events.connect(this._onEvent, this);
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  /** Looks for the first time and from then on. */
  start(): void {
    void this._poll.start();
  }

  /** Looks now: the page is shown again, the user asks. */
  now(): void {
    void this._poll.refresh();
  }

  dispose(): void {
    this._events.disconnect(this._onEvent, this);
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _beat(): Promise<void> {
    const fine = await this._model.look();
    if (this._model.state.kind === 'missing') {
      void this._poll.stop();
    } else if (!fine && this._model.trouble) {
      // A rejected factory is what makes the poll back off.
      throw this._model.trouble;
    }
  }

  private _onEvent(_: unknown, event: Event.Emission): void {
    const { schema_id, workspace, revision, status } = event;
    if (
      schema_id === EVENT_SCHEMA &&
      typeof workspace === 'string' &&
      typeof revision === 'number' &&
      typeof status === 'number'
    ) {
      void this._model.hint(workspace, { revision, status });
    }
  }

  private _onModel(): void {
    const interval = this._interval();
    if (interval !== this._poll.frequency.interval) {
      this._poll.frequency = { interval, backoff: true, max: MAX_MS };
      void this._poll.schedule({ interval: Math.min(interval, LIVE_MS) });
    }
  }

  private _interval(): number {
    if (!this._model.isWatched) {
      return IDLE_MS;
    }
    const live = (this._model.status?.running.length ?? 0) > 0;
    return live ? LIVE_MS : WATCHED_MS;
  }
}
