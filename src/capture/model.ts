/**
 * Owns that two settings say what the Jupyter server says: what kernels record that start from now
 * on. The server's value wins at the start; a change made here is sent to it, and taken back where
 * it is refused or an environment variable decides.
 *
 *     start ──► as the server says ──user changes──► sent ──refused──► as the server says
 */
import type { CaptureSettings } from '@dotscience/core';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import { asFailure, type IClient } from '../api';

/** By the server's name, the name in the settings registry. */
export const KEYS = {
  capture: 'captureSessions',
  mlflow: 'mlflowTracking'
} as const;

type Name = keyof typeof KEYS;

const NAMES = Object.keys(KEYS) as Name[];

export type CaptureClient = Pick<
  IClient,
  'captureSettings' | 'setCaptureSettings'
>;

/** Why a setting is not what the user chose. */
export type Refusal =
  | { readonly kind: 'locked'; readonly name: Name; readonly variable: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'unread'; readonly message: string };

export class CaptureSync {
  private _server: CaptureSettings | null = null;
  private _work: Promise<void> = Promise.resolve();

  constructor(
    private readonly _client: CaptureClient,
    private readonly _settings: Pick<
      ISettingRegistry.ISettings,
      'composite' | 'set'
    >,
    private readonly _tell: (refusal: Refusal) => void
  ) {}

  /** Takes the server's values. Where it does not answer, nothing is changed or sent. */
  start(): Promise<void> {
    return this._next(async () => {
      await this._take();
      if (this._server?.problem) {
        this._tell({ kind: 'unread', message: this._server.problem });
      }
    });
  }

  /** Sends what the user changed; call it whenever the settings have changed. */
  changed(): Promise<void> {
    return this._next(async () => {
      const server = this._server;
      if (!server) {
        return;
      }
      const wanted = NAMES.filter(name => this._local(name) !== server[name]);
      const locked = wanted.filter(name => server.locked.includes(name));
      locked.forEach(name => this._tell(lockOf(name)));
      if (wanted.length > locked.length) {
        await this._send(server, locked);
      }
      if (wanted.length) {
        await this._take();
      }
    });
  }

  private async _send(server: CaptureSettings, but: Name[]): Promise<void> {
    const value = (name: Name): boolean =>
      but.includes(name) ? server[name] : this._local(name);
    try {
      await this._client.setCaptureSettings({
        ...server,
        capture: value('capture'),
        mlflow: value('mlflow')
      });
    } catch (reason) {
      this._tell({ kind: 'refused', message: asFailure(reason).body.message });
    }
  }

  /** The settings as the server has them. */
  private async _take(): Promise<void> {
    this._server = await this._client.captureSettings();
    for (const name of NAMES) {
      if (this._local(name) !== this._server[name]) {
        await this._settings.set(KEYS[name], this._server[name]);
      }
    }
  }

  private _local(name: Name): boolean {
    return this._settings.composite[KEYS[name]] === true;
  }

  /** One after the other: our own changes of the settings are heard too, and then change nothing. */
  private _next(step: () => Promise<void>): Promise<void> {
    this._work = this._work.then(step).catch(() => {
      // No server part, or an older one: the settings say nothing then.
    });
    return this._work;
  }
}

function lockOf(name: Name): Refusal {
  return {
    kind: 'locked',
    name,
    variable: `DOTSCIENCE_${name.toUpperCase()}`
  };
}
