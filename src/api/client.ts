/**
 * Owns the calls of docs/formats/local-api.md. One method per route, typed by protocol/; each
 * rejects with `ApiFailure`. Holds no state.
 */
import type {
  ColumnBlock,
  Feed,
  Job,
  Policy,
  Run,
  Snapshot,
  Status,
  Workspace
} from '@dotscience/core';
import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { AxiosInstance } from 'axios';

import { createHttp } from './adapter';

/** Counters of a workspace; either differs from yours when there is something to fetch. */
export interface IRevision {
  readonly revision: number;
  readonly status: number;
}

/** The local API. `signal` gives a call up; `id` is a workspace's replica id. */
export interface IClient {
  /** The workspace of a file or folder, by its Jupyter path; may start the worker. */
  workspaceAt(path: string, signal?: AbortSignal): Promise<Workspace>;
  changes(id: string, since: number, signal?: AbortSignal): Promise<IRevision>;
  feed(id: string, since: number, signal?: AbortSignal): Promise<Feed>;
  block(id: string, index: number, revision: number): Promise<ColumnBlock>;
  status(id: string, signal?: AbortSignal): Promise<Status>;
  run(id: string, run: string, signal?: AbortSignal): Promise<Run>;
  snapshots(id: string, limit: number): Promise<readonly Snapshot[]>;
  /** Starts a snapshot; answers at once with its job. */
  saveSnapshot(id: string, message: string | null): Promise<Job>;
  /** Starts bringing a run back into a new folder: `into`, or one the worker names. */
  checkout(id: string, run: string, into: string | null): Promise<Job>;
  job(id: string, job: string, signal?: AbortSignal): Promise<Job>;
  cancelJob(id: string, job: string): Promise<void>;
  dismissNotice(id: string, notice: string): Promise<void>;
  track(id: string, keep: boolean): Promise<void>;
  setPolicy(id: string, policy: Policy): Promise<void>;
  notify(id: string, path: string): Promise<void>;
  /** Address of a file of a run, for a download by the browser. */
  fileUrl(id: string, run: string, path: string): string;
}

export class Client implements IClient {
  private readonly _http: AxiosInstance;
  private readonly _base: string;

  constructor(settings: ServerConnection.ISettings) {
    this._base = URLExt.join(settings.baseUrl, 'dotscience', 'api');
    this._http = createHttp(settings, this._base);
  }

  workspaceAt(path: string, signal?: AbortSignal): Promise<Workspace> {
    return this._get('workspace', { path }, signal);
  }

  changes(id: string, since: number, signal?: AbortSignal): Promise<IRevision> {
    return this._get(at(id, 'changes'), { since, wait: 0 }, signal);
  }

  feed(id: string, since: number, signal?: AbortSignal): Promise<Feed> {
    return this._get(at(id, 'runs'), { since }, signal);
  }

  async block(
    id: string,
    index: number,
    revision: number
  ): Promise<ColumnBlock> {
    // Immutable: the browser may keep it.
    const answer = await this._http.get<ColumnBlock>(
      at(id, 'blocks', String(index)),
      { params: { revision }, fetchOptions: { cache: 'default' } }
    );
    return answer.data;
  }

  status(id: string, signal?: AbortSignal): Promise<Status> {
    return this._get(at(id, 'status'), {}, signal);
  }

  run(id: string, run: string, signal?: AbortSignal): Promise<Run> {
    return this._get(at(id, 'runs', run), {}, signal);
  }

  async snapshots(id: string, limit: number): Promise<readonly Snapshot[]> {
    const answer = await this._get<{ snapshots: Snapshot[] }>(
      at(id, 'snapshots'),
      { limit }
    );
    return answer.snapshots;
  }

  saveSnapshot(id: string, message: string | null): Promise<Job> {
    return this._post(at(id, 'snapshots'), { message });
  }

  checkout(id: string, run: string, into: string | null): Promise<Job> {
    return this._post(at(id, 'runs', run, 'checkout'), { into });
  }

  job(id: string, job: string, signal?: AbortSignal): Promise<Job> {
    return this._get(at(id, 'jobs', job), {}, signal);
  }

  async cancelJob(id: string, job: string): Promise<void> {
    await this._http.delete(at(id, 'jobs', job));
  }

  async dismissNotice(id: string, notice: string): Promise<void> {
    await this._post(at(id, 'notices', notice, 'dismiss'), {});
  }

  async track(id: string, keep: boolean): Promise<void> {
    await this._post(at(id, 'track'), { keep });
  }

  async setPolicy(id: string, policy: Policy): Promise<void> {
    await this._http.put(at(id, 'policy'), policy);
  }

  async notify(id: string, path: string): Promise<void> {
    await this._post(at(id, 'notify'), { path });
  }

  fileUrl(id: string, run: string, path: string): string {
    const file = URLExt.join(this._base, at(id, 'runs', run, 'file'));
    return `${file}${URLExt.objectToQueryString({ path })}`;
  }

  private async _get<T>(
    url: string,
    params: Record<string, string | number>,
    signal?: AbortSignal
  ): Promise<T> {
    return (await this._http.get<T>(url, { params, signal })).data;
  }

  private async _post<T>(url: string, body: object): Promise<T> {
    return (await this._http.post<T>(url, body)).data;
  }
}

function at(workspace: string, ...parts: string[]): string {
  return ['w', workspace, ...parts].map(encodeURIComponent).join('/');
}
