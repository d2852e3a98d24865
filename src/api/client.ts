/**
 * Owns the calls of docs/formats/local-api.md. One method per route, typed by protocol/; each
 * rejects with `ApiFailure`. Holds no state.
 */
import type {
  CaptureSettings,
  CellsAnswer,
  ColumnBlock,
  Draft,
  DraftsAnswer,
  EnvironmentAnswer,
  Feed,
  FileDiff,
  Job,
  Keeping,
  PathPolicy,
  Policy,
  Rerun,
  Run,
  SeriesAnswer,
  Snapshot,
  Status,
  Storage,
  Verdict,
  VerifyReport,
  Versions,
  Workspace
} from '@dotscience/core';
import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type { AxiosInstance } from 'axios';

import { createHttp } from './adapter';
import { fetchBytes } from './bytes';

/** Counters of a workspace; either differs from yours when there is something to fetch. */
export interface IRevision {
  readonly revision: number;
  readonly status: number;
}

/** Which curves, how fine, of which part of the x axis; what is left out is the server's choice. */
export interface ISeriesQuery {
  /** None: all metrics of the run. */
  readonly keys?: readonly string[];
  readonly points?: number;
  /** Steps, or seconds since the run's first point, by `axis`. */
  readonly from?: number;
  readonly to?: number;
  readonly axis?: 'step' | 'time';
}

/** Lines of a run's log, from line `from` (0-based) of `total`. */
export interface ILogPage {
  readonly text: string;
  readonly lines: number;
  readonly from: number;
  readonly total: number;
  /** The log was larger than what is kept: its middle was left out. */
  readonly cut: boolean;
  readonly source: 'stdout' | 'notebook';
}

/** How files are brought back. */
export interface IBringing {
  /** Without files whose stored bytes are damaged; else nothing comes back where one is. */
  readonly skip_damaged?: boolean;
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
  checkout(
    id: string,
    run: string,
    into: string | null,
    how?: IBringing
  ): Promise<Job>;
  job(id: string, job: string, signal?: AbortSignal): Promise<Job>;
  cancelJob(id: string, job: string): Promise<void>;
  dismissNotice(id: string, notice: string): Promise<void>;
  track(id: string, keep: boolean): Promise<void>;
  setPolicy(id: string, policy: Policy): Promise<void>;
  /** What is kept of a workspace-relative path, and because of what. */
  pathPolicy(
    id: string,
    path: string,
    signal?: AbortSignal
  ): Promise<PathPolicy>;
  /** What a rule of this pattern names; rejects where it is no pattern. */
  patternPolicy(id: string, pattern: string): Promise<PathPolicy>;
  /** One rule for each path, or none; the new policy. */
  setPathPolicy(
    id: string,
    paths: readonly FilePath[],
    policy: Keeping | null
  ): Promise<Policy>;
  /** `fresh`: counted anew first, which may take a while. */
  storage(id: string, fresh: boolean, signal?: AbortSignal): Promise<Storage>;
  /** Null: the default. */
  setBudget(id: string, bytes: number | null): Promise<void>;
  /** Pins the runs whose large files were to be given up. */
  keepRuns(id: string): Promise<void>;
  /** Gives bytes up, or only works out which. */
  gc(id: string, apply: boolean): Promise<Job>;
  /** Checks every stored byte; `repair` writes damaged ones anew where the workspace has them. */
  verify(id: string, repair: boolean): Promise<Job>;
  /** Rejects with `not-recorded` before the first check. */
  verifyReport(id: string, signal?: AbortSignal): Promise<VerifyReport>;
  /** What running it again would do. */
  rerunPlan(id: string, run: string, signal?: AbortSignal): Promise<Rerun>;
  /** Runs the code of a run again in a new side folder. */
  rerun(
    id: string,
    run: string,
    environment: 'current' | 'rebuild'
  ): Promise<Job>;
  /** Rejects with `not-recorded` for a run that repeats none. */
  verdict(id: string, run: string, signal?: AbortSignal): Promise<Verdict>;
  notify(id: string, path: string): Promise<void>;
  /** Address of a file of a run or `@snapshot`, for a download by the browser. */
  fileUrl(id: string, run: string, path: FilePath): string;
  /** Bytes `start` to `end` (exclusive) of a file of a run or `@snapshot`; fewer at its end. */
  fileBytes(
    id: string,
    run: string,
    path: FilePath,
    start: number,
    end: number,
    signal?: AbortSignal
  ): Promise<Uint8Array<ArrayBuffer>>;
  versions(id: string, path: FilePath, signal?: AbortSignal): Promise<Versions>;
  /** How a text differs; `a` and `b`: a run's id, `@snapshot`, `last` or `now`. */
  fileDiff(
    id: string,
    a: string,
    b: string,
    path: FilePath,
    signal?: AbortSignal
  ): Promise<FileDiff>;
  /** Starts bringing these files of a run, `@snapshot` or `last` back into the workspace. */
  bringBack(
    id: string,
    run: string,
    paths: readonly FilePath[],
    how?: IBringing
  ): Promise<Job>;
  /** Starts a branch from a run, in a folder that the worker names. */
  branch(id: string, run: string, name: string): Promise<Job>;
  series(
    id: string,
    run: string,
    query: ISeriesQuery,
    signal?: AbortSignal
  ): Promise<SeriesAnswer>;
  /** Executions in order; rejects with `not-recorded` where the run has none. */
  cells(id: string, run: string, signal?: AbortSignal): Promise<CellsAnswer>;
  /** The text of an executed cell. */
  source(id: string, run: string, hash: string): Promise<string>;
  /** `to`: `now`, a run's id, or null for the run before. */
  environment(
    id: string,
    run: string,
    to: string | null,
    signal?: AbortSignal
  ): Promise<EnvironmentAnswer>;
  /** Lines after the first `after`, at most `limit`; rejects with `not-recorded` where there is no log. */
  log(
    id: string,
    run: string,
    after: number,
    limit: number,
    signal?: AbortSignal
  ): Promise<ILogPage>;
  /** Address of a media item, for an image or a download. */
  mediaUrl(id: string, run: string, item: number): string;
  /** A media item as text. */
  mediaText(id: string, run: string, item: number): Promise<string>;
  /** Says what an undeclared file is to the run. */
  claim(
    id: string,
    run: string,
    path: FilePath,
    as: 'input' | 'output' | 'none'
  ): Promise<void>;
  /** Puts a label beside the run; null takes it away. */
  label(
    id: string,
    run: string,
    key: string,
    value: string | null
  ): Promise<void>;
  /** Kernel sessions that nobody published, the newest first. */
  drafts(id: string, signal?: AbortSignal): Promise<readonly Draft[]>;
  keepDraft(
    id: string,
    draft: string,
    description: string | null
  ): Promise<void>;
  dropDraft(id: string, draft: string): Promise<void>;
  /** The session that runs a notebook now; rejects with `not-recorded` where none is recorded. */
  hidden(id: string, path: string, signal?: AbortSignal): Promise<CellsAnswer>;
  /** What kernels that start from now on record. */
  captureSettings(signal?: AbortSignal): Promise<CaptureSettings>;
  setCaptureSettings(settings: CaptureSettings): Promise<void>;
}

/** Text, or base64 where it is not UTF-8. */
export type FilePath = string | { readonly b64: string };

type Params = Record<string, string | number>;

export class Client implements IClient {
  private readonly _http: AxiosInstance;
  private readonly _base: string;
  private readonly _settings: ServerConnection.ISettings;

  constructor(settings: ServerConnection.ISettings) {
    this._settings = settings;
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

  checkout(
    id: string,
    run: string,
    into: string | null,
    how: IBringing = {}
  ): Promise<Job> {
    return this._post(at(id, 'runs', run, 'checkout'), { into, ...how });
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

  pathPolicy(
    id: string,
    path: string,
    signal?: AbortSignal
  ): Promise<PathPolicy> {
    return this._get(at(id, 'policy', 'path'), { path }, signal);
  }

  patternPolicy(id: string, pattern: string): Promise<PathPolicy> {
    return this._get(at(id, 'policy', 'path'), { pattern });
  }

  async setPathPolicy(
    id: string,
    paths: readonly FilePath[],
    policy: Keeping | null
  ): Promise<Policy> {
    const url = at(id, 'policy', 'path');
    return (await this._http.put<Policy>(url, { paths, policy })).data;
  }

  storage(id: string, fresh: boolean, signal?: AbortSignal): Promise<Storage> {
    const params: Params = fresh ? { fresh: 1 } : {};
    return this._get(at(id, 'storage'), params, signal);
  }

  async setBudget(id: string, bytes: number | null): Promise<void> {
    await this._http.put(at(id, 'storage', 'budget'), { budget_bytes: bytes });
  }

  async keepRuns(id: string): Promise<void> {
    await this._post(at(id, 'storage', 'keep'), {});
  }

  gc(id: string, apply: boolean): Promise<Job> {
    return this._post(at(id, 'gc'), { apply });
  }

  verify(id: string, repair: boolean): Promise<Job> {
    return this._post(at(id, 'verify'), { repair });
  }

  verifyReport(id: string, signal?: AbortSignal): Promise<VerifyReport> {
    return this._get(at(id, 'verify'), {}, signal);
  }

  rerunPlan(id: string, run: string, signal?: AbortSignal): Promise<Rerun> {
    return this._get(at(id, 'runs', run, 'rerun'), {}, signal);
  }

  rerun(
    id: string,
    run: string,
    environment: 'current' | 'rebuild'
  ): Promise<Job> {
    return this._post(at(id, 'runs', run, 'rerun'), {
      environment,
      into: null
    });
  }

  verdict(id: string, run: string, signal?: AbortSignal): Promise<Verdict> {
    return this._get(at(id, 'runs', run, 'verdict'), {}, signal);
  }

  async notify(id: string, path: string): Promise<void> {
    await this._post(at(id, 'notify'), { path });
  }

  fileUrl(id: string, run: string, path: FilePath): string {
    const file = URLExt.join(this._base, at(id, 'runs', run, 'file'));
    return `${file}${URLExt.objectToQueryString({ path: asText(path) })}`;
  }

  fileBytes(
    id: string,
    run: string,
    path: FilePath,
    start: number,
    end: number,
    signal?: AbortSignal
  ): Promise<Uint8Array<ArrayBuffer>> {
    const url = this.fileUrl(id, run, path);
    return fetchBytes(this._settings, url, start, end, signal);
  }

  versions(
    id: string,
    path: FilePath,
    signal?: AbortSignal
  ): Promise<Versions> {
    return this._get(at(id, 'versions'), { path: asText(path) }, signal);
  }

  fileDiff(
    id: string,
    a: string,
    b: string,
    path: FilePath,
    signal?: AbortSignal
  ): Promise<FileDiff> {
    const params = { a, b, path: asText(path) };
    return this._get(at(id, 'diff', 'file'), params, signal);
  }

  bringBack(
    id: string,
    run: string,
    paths: readonly FilePath[],
    how: IBringing = {}
  ): Promise<Job> {
    return this._post(at(id, 'runs', run, 'restore'), { paths, ...how });
  }

  branch(id: string, run: string, name: string): Promise<Job> {
    return this._post(at(id, 'branches'), { name, run, into: null });
  }

  series(
    id: string,
    run: string,
    { keys = [], ...rest }: ISeriesQuery,
    signal?: AbortSignal
  ): Promise<SeriesAnswer> {
    const params = new URLSearchParams(keys.map(key => ['key', key]));
    Object.entries(rest).forEach(
      ([name, value]) => value === undefined || params.set(name, String(value))
    );
    return this._get(at(id, 'runs', run, 'series'), params, signal);
  }

  cells(id: string, run: string, signal?: AbortSignal): Promise<CellsAnswer> {
    return this._get(at(id, 'runs', run, 'cells'), {}, signal);
  }

  async source(id: string, run: string, hash: string): Promise<string> {
    const answer = await this._get<{ source: string }>(
      at(id, 'runs', run, 'source'),
      { hash }
    );
    return answer.source;
  }

  environment(
    id: string,
    run: string,
    to: string | null,
    signal?: AbortSignal
  ): Promise<EnvironmentAnswer> {
    const params: Params = to === null ? {} : { to };
    return this._get(at(id, 'runs', run, 'environment'), params, signal);
  }

  log(
    id: string,
    run: string,
    after: number,
    limit: number,
    signal?: AbortSignal
  ): Promise<ILogPage> {
    return this._get(at(id, 'runs', run, 'log'), { after, limit }, signal);
  }

  mediaUrl(id: string, run: string, item: number): string {
    return URLExt.join(this._base, at(id, 'runs', run, 'media', String(item)));
  }

  async mediaText(id: string, run: string, item: number): Promise<string> {
    const url = at(id, 'runs', run, 'media', String(item));
    // Text stays text, whatever it looks like.
    const answer = await this._http.get<string>(url, { responseType: 'text' });
    return answer.data;
  }

  async claim(
    id: string,
    run: string,
    path: FilePath,
    as: 'input' | 'output' | 'none'
  ): Promise<void> {
    await this._post(at(id, 'runs', run, 'claims'), { path, as });
  }

  async label(
    id: string,
    run: string,
    key: string,
    value: string | null
  ): Promise<void> {
    await this._post(at(id, 'runs', run, 'labels'), { key, value });
  }

  async drafts(id: string, signal?: AbortSignal): Promise<readonly Draft[]> {
    const url = at(id, 'drafts');
    return (await this._get<DraftsAnswer>(url, {}, signal)).drafts;
  }

  async keepDraft(
    id: string,
    draft: string,
    description: string | null
  ): Promise<void> {
    await this._post(at(id, 'drafts', draft, 'keep'), { description });
  }

  async dropDraft(id: string, draft: string): Promise<void> {
    await this._http.delete(at(id, 'drafts', draft));
  }

  hidden(id: string, path: string, signal?: AbortSignal): Promise<CellsAnswer> {
    return this._get(at(id, 'hidden'), { path }, signal);
  }

  captureSettings(signal?: AbortSignal): Promise<CaptureSettings> {
    return this._get('settings', {}, signal);
  }

  async setCaptureSettings(settings: CaptureSettings): Promise<void> {
    await this._http.put('settings', settings);
  }

  private async _get<T>(
    url: string,
    params: Params | URLSearchParams,
    signal?: AbortSignal
  ): Promise<T> {
    return (await this._http.get<T>(url, { params, signal })).data;
  }

  private async _post<T>(url: string, body: object): Promise<T> {
    return (await this._http.post<T>(url, body)).data;
  }
}

// In a query: text, or JSON where it is not UTF-8 (docs/formats/local-api.md).
const asText = (path: FilePath): string =>
  typeof path === 'string' ? path : JSON.stringify(path);

function at(workspace: string, ...parts: string[]): string {
  return ['w', workspace, ...parts].map(encodeURIComponent).join('/');
}
