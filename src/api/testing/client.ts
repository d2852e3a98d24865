/**
 * Owns an `IClient` without a server, for tests of what stands on it. It keeps one workspace as
 * the worker does: a revision that grows with each change, a delta feed, jobs that end when told.
 */
import {
  errorBody,
  type CaptureSettings,
  type CellsAnswer,
  type ColumnBlock,
  type Draft,
  type EnvironmentAnswer,
  type ErrorCode,
  type Feed,
  type FileDiff,
  type Job,
  type Keeping,
  type PathPolicy,
  type Policy,
  type Rerun,
  type Run,
  type RunSummary,
  type Series,
  type SeriesAnswer,
  type Snapshot,
  type Status,
  type Storage,
  type Verdict,
  type VerifyReport,
  type Versions,
  type Workspace
} from '@dotscience/core';

import type {
  FilePath,
  IBringing,
  IClient,
  ILogPage,
  IRevision,
  ISeriesQuery
} from '../client';
import { ApiFailure } from '../failure';

export class FakeClient implements IClient {
  /** Calls by method name, in order. */
  readonly calls: string[] = [];
  readonly jobs = new Map<string, Job>();
  workspace: Workspace;
  statusNow: Status;
  /** When set, every call is rejected with it. */
  failing: ApiFailure | null = null;
  /** What was recorded of runs, by id; what is not there is `not-recorded`. */
  readonly cellsOf = new Map<string, CellsAnswer>();
  readonly environmentOf = new Map<string, EnvironmentAnswer>();
  readonly logOf = new Map<string, string[]>();
  readonly versionsOf = new Map<string, Versions>();
  /** By path or pattern. */
  readonly policyOf = new Map<string, PathPolicy>();
  storageNow: Storage | null = null;
  reportNow: VerifyReport | null = null;
  readonly rerunOf = new Map<string, Rerun>();
  readonly verdictOf = new Map<string, Verdict>();
  /** Bytes by `<run> <path>`. */
  readonly bytesOf = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Sessions, and the one of each notebook. */
  draftsNow: readonly Draft[] = [];
  readonly hiddenOf = new Map<string, CellsAnswer>();
  settings: CaptureSettings = { capture: true, mlflow: false, locked: [] };
  private readonly _series = new Map<string, Map<string, Series>>();
  private readonly _runs = new Map<string, RunSummary>();
  private _revision = 0;

  constructor(id = '01890000-0000-7000-8000-000000000001') {
    this.workspace = workspaceOf(id);
    this.statusNow = statusOf(id);
  }

  /** Records a run, or a change of it. */
  publish(id: string, more: Partial<RunSummary> = {}): RunSummary {
    const before = this._runs.get(id);
    this._revision += 1;
    const seq = before?.seq ?? this._runs.size + 1;
    const run = {
      ...runOf(id),
      ...before,
      ...more,
      id,
      seq,
      revision: this._revision
    };
    this._runs.set(id, run);
    this.statusNow = { ...this.statusNow, revision: this._revision };
    return run;
  }

  /** Something transient changed. */
  tell(more: Partial<Status>): void {
    const status = this.statusNow.status + 1;
    this.statusNow = { ...this.statusNow, ...more, status };
  }

  /** The index was rebuilt: revisions count anew. */
  rebuild(): void {
    this._revision = 0;
    [...this._runs.keys()].forEach(id => this.publish(id));
  }

  get revision(): IRevision {
    return { revision: this._revision, status: this.statusNow.status };
  }

  async workspaceAt(path: string): Promise<Workspace> {
    this._enter(`workspaceAt ${path}`);
    return this.workspace;
  }

  async changes(id: string): Promise<IRevision> {
    this._enter('changes', id);
    return this.revision;
  }

  async feed(id: string, since: number): Promise<Feed> {
    this._enter(`feed ${since}`, id);
    const reset = since > this._revision;
    const from = reset ? 0 : since;
    const runs = [...this._runs.values()].filter(run => run.revision > from);
    return {
      format: 1,
      workspace: id,
      revision: this._revision,
      reset,
      total: this._runs.size,
      blocks: [],
      runs
    };
  }

  async block(
    id: string,
    index: number,
    revision: number
  ): Promise<ColumnBlock> {
    this._enter(`block ${index}`, id);
    return { format: 1, index, revision, count: 0, columns: [] };
  }

  async status(id: string): Promise<Status> {
    this._enter('status', id);
    return this.statusNow;
  }

  async run(id: string, run: string): Promise<Run> {
    this._enter(`run ${run}`, id);
    const summary = this._runs.get(run);
    if (!summary) {
      throw refusal('run-not-found');
    }
    return detailOf(summary);
  }

  async snapshots(id: string): Promise<readonly Snapshot[]> {
    this._enter('snapshots', id);
    return [];
  }

  async saveSnapshot(id: string, message: string | null): Promise<Job> {
    this._enter(`saveSnapshot ${message ?? ''}`, id);
    return this._start('snapshot');
  }

  async checkout(
    id: string,
    run: string,
    into: string | null,
    how: IBringing = {}
  ): Promise<Job> {
    this._enter(`checkout ${run} ${into ?? ''}${skipping(how)}`, id);
    return this._start('checkout', run);
  }

  async job(id: string, job: string): Promise<Job> {
    this._enter(`job ${job}`, id);
    const found = this.jobs.get(job);
    if (!found) {
      throw refusal('job-not-found');
    }
    return found;
  }

  async cancelJob(id: string, job: string): Promise<void> {
    this._enter(`cancelJob ${job}`, id);
    this.endJob(job, { state: 'cancelled' });
  }

  async dismissNotice(id: string, notice: string): Promise<void> {
    this._enter(`dismissNotice ${notice}`, id);
    const notices = this.statusNow.notices.filter(other => other.id !== notice);
    this.tell({ notices });
  }

  async track(id: string, keep: boolean): Promise<void> {
    this._enter(`track ${keep}`, id);
  }

  async setPolicy(id: string, policy: Policy): Promise<void> {
    this._enter('setPolicy', id);
    this.tell({ policy });
  }

  async pathPolicy(id: string, path: string): Promise<PathPolicy> {
    this._enter(`pathPolicy ${path}`, id);
    return recorded(this.policyOf.get(path));
  }

  async patternPolicy(id: string, pattern: string): Promise<PathPolicy> {
    this._enter(`patternPolicy ${pattern}`, id);
    return recorded(this.policyOf.get(pattern));
  }

  async setPathPolicy(
    id: string,
    paths: readonly FilePath[],
    policy: Keeping | null
  ): Promise<Policy> {
    this._enter(`setPathPolicy ${paths.map(nameOf).join(' ')} ${policy}`, id);
    return this.statusNow.policy;
  }

  async storage(id: string, fresh: boolean): Promise<Storage> {
    this._enter(`storage${fresh ? ' fresh' : ''}`, id);
    return recorded(this.storageNow ?? undefined);
  }

  async setBudget(id: string, bytes: number | null): Promise<void> {
    this._enter(`setBudget ${bytes}`, id);
  }

  async keepRuns(id: string): Promise<void> {
    this._enter('keepRuns', id);
  }

  async gc(id: string, apply: boolean): Promise<Job> {
    this._enter(`gc ${apply}`, id);
    return this._start('gc');
  }

  async verify(id: string, repair: boolean): Promise<Job> {
    this._enter(`verify${repair ? ' repair' : ''}`, id);
    return this._start('verify');
  }

  async verifyReport(id: string): Promise<VerifyReport> {
    this._enter('verifyReport', id);
    return recorded(this.reportNow ?? undefined);
  }

  async rerunPlan(id: string, run: string): Promise<Rerun> {
    this._enter(`rerunPlan ${run}`, id);
    return recorded(this.rerunOf.get(run));
  }

  async rerun(id: string, run: string, environment: string): Promise<Job> {
    this._enter(`rerun ${run} ${environment}`, id);
    return this._start('rerun', run);
  }

  async verdict(id: string, run: string): Promise<Verdict> {
    this._enter(`verdict ${run}`, id);
    return recorded(this.verdictOf.get(run));
  }

  async notify(id: string, path: string): Promise<void> {
    this._enter(`notify ${path}`, id);
  }

  fileUrl(id: string, run: string, path: FilePath): string {
    return `/w/${id}/runs/${run}/file?path=${encodeURIComponent(nameOf(path))}`;
  }

  async fileBytes(
    id: string,
    run: string,
    path: FilePath,
    start: number,
    end: number
  ): Promise<Uint8Array<ArrayBuffer>> {
    this._enter(`fileBytes ${run} ${nameOf(path)} ${start}-${end}`, id);
    const bytes = this.bytesOf.get(`${run} ${nameOf(path)}`);
    return recorded(bytes).slice(start, end);
  }

  async versions(id: string, path: FilePath): Promise<Versions> {
    this._enter(`versions ${nameOf(path)}`, id);
    return recorded(this.versionsOf.get(nameOf(path)));
  }

  async fileDiff(
    id: string,
    a: string,
    b: string,
    path: FilePath
  ): Promise<FileDiff> {
    this._enter(`fileDiff ${a} ${b} ${nameOf(path)}`, id);
    return { path, state: 'same', diff: null, added: null, removed: null };
  }

  async bringBack(
    id: string,
    run: string,
    paths: readonly FilePath[],
    how: IBringing = {}
  ): Promise<Job> {
    const names = paths.map(nameOf).join(' ');
    this._enter(`bringBack ${run} ${names}${skipping(how)}`, id);
    return this._start('restore', run);
  }

  async branch(id: string, run: string, name: string): Promise<Job> {
    this._enter(`branch ${run} ${name}`, id);
    return this._start('branch', run);
  }

  async series(
    id: string,
    run: string,
    query: ISeriesQuery
  ): Promise<SeriesAnswer> {
    const { keys = [], axis = 'step', from, to, points } = query;
    const words = [run, keys.join('+'), axis, from, to, points];
    this._enter(`series ${words.filter(word => word).join(' ')}`, id);
    const series = [...this.seriesOf(run).values()].filter(
      ({ key }) => keys.length === 0 || keys.includes(key)
    );
    return { format: 1, run, axis, series };
  }

  async cells(id: string, run: string): Promise<CellsAnswer> {
    this._enter(`cells ${run}`, id);
    return recorded(this.cellsOf.get(run));
  }

  async source(id: string, run: string, hash: string): Promise<string> {
    this._enter(`source ${run} ${hash}`, id);
    return `# ${hash}`;
  }

  async environment(
    id: string,
    run: string,
    to: string | null
  ): Promise<EnvironmentAnswer> {
    this._enter(`environment ${run} ${to ?? ''}`.trimEnd(), id);
    return recorded(this.environmentOf.get(run));
  }

  async log(
    id: string,
    run: string,
    after: number,
    limit: number
  ): Promise<ILogPage> {
    this._enter(`log ${run} ${after}`, id);
    const all = recorded(this.logOf.get(run));
    const page = all.slice(after, after + limit);
    return {
      text: page.map(line => `${line}\n`).join(''),
      lines: page.length,
      from: after,
      total: all.length,
      cut: false,
      source: 'stdout'
    };
  }

  mediaUrl(id: string, run: string, item: number): string {
    return `/w/${id}/runs/${run}/media/${item}`;
  }

  async mediaText(id: string, run: string, item: number): Promise<string> {
    this._enter(`mediaText ${run} ${item}`, id);
    return 'a,b\n1,2\n';
  }

  async claim(
    id: string,
    run: string,
    path: FilePath,
    as: string
  ): Promise<void> {
    const text = typeof path === 'string' ? path : path.b64;
    this._enter(`claim ${run} ${text} ${as}`, id);
  }

  async label(
    id: string,
    run: string,
    key: string,
    value: string | null
  ): Promise<void> {
    this._enter(`label ${run} ${key} ${value ?? ''}`.trimEnd(), id);
    const before = this._runs.get(run)?.labels ?? [];
    const labels = before.filter(label => label.key !== key);
    this.publish(run, {
      labels: value === null ? labels : [...labels, { key, value }]
    });
  }

  async drafts(id: string): Promise<readonly Draft[]> {
    this._enter('drafts', id);
    return this.draftsNow;
  }

  async keepDraft(
    id: string,
    draft: string,
    description: string | null
  ): Promise<void> {
    this._enter(`keepDraft ${draft} ${description ?? ''}`.trimEnd(), id);
    this._withoutDraft(draft);
    this.publish(draft, { description });
  }

  async dropDraft(id: string, draft: string): Promise<void> {
    this._enter(`dropDraft ${draft}`, id);
    this._withoutDraft(draft);
  }

  async hidden(id: string, path: string): Promise<CellsAnswer> {
    this._enter(`hidden ${path}`, id);
    return recorded(this.hiddenOf.get(path));
  }

  async captureSettings(): Promise<CaptureSettings> {
    this._enter('captureSettings');
    return this.settings;
  }

  async setCaptureSettings(settings: CaptureSettings): Promise<void> {
    this._enter(`setCaptureSettings ${settings.capture}`);
    this.settings = settings;
  }

  /** The curves of a run, by key: what is put there is answered. */
  seriesOf(run: string): Map<string, Series> {
    const found = this._series.get(run) ?? new Map<string, Series>();
    this._series.set(run, found);
    return found;
  }

  endJob(id: string, more: Partial<Job>): void {
    const job = this.jobs.get(id);
    if (job) {
      this.jobs.set(id, { ...job, ...more });
    }
  }

  private _withoutDraft(id: string): void {
    this.draftsNow = this.draftsNow.filter(draft => draft.id !== id);
    this.tell({ drafts: this.draftsNow.length });
  }

  private _start(kind: Job['kind'], run: string | null = null): Job {
    const job = jobOf(`job-${this.jobs.size + 1}`, kind, run);
    this.jobs.set(job.id, job);
    return job;
  }

  private _enter(call: string, id = this.workspace.id): void {
    this.calls.push(call);
    if (this.failing) {
      throw this.failing;
    }
    if (id !== this.workspace.id) {
      throw refusal('workspace-unknown');
    }
  }
}

const nameOf = (path: FilePath): string =>
  typeof path === 'string' ? path : path.b64;

function recorded<T>(value: T | undefined): T {
  if (value === undefined) {
    throw refusal('not-recorded');
  }
  return value;
}

/** A refusal of the catalogue, its fields not filled in. */
export function refusal(code: ErrorCode): ApiFailure {
  return new ApiFailure('refused', errorBody(code));
}

const TIME = '2026-11-21T14:02:00.000000Z';

function workspaceOf(id: string): Workspace {
  return {
    format: 1,
    id,
    lineage: id,
    name: 'digits',
    path: '/home/ana/digits',
    api_path: 'digits',
    reason: 'folder',
    driver: 'plain',
    driver_reason: 'ext4',
    hub: null,
    revision: 0,
    runs: 0,
    version: '0.1.0'
  };
}

function statusOf(id: string): Status {
  return {
    format: 1,
    workspace: id,
    revision: 0,
    status: 0,
    state: 'idle',
    running: [],
    changes: { since: null, total: 0, files: [], counted: true },
    jobs: [],
    notices: [],
    policy: {
      default: 'auto',
      limit_bytes: 2e9,
      limit_share: 0.1,
      floor_bytes: 1e9,
      rules: []
    },
    cost: {
      files: 1,
      bytes: 1,
      kept_bytes: 1,
      held_back_bytes: 0,
      held_back_files: 0,
      store_bytes: 1,
      free_bytes: 1e12,
      counted: true,
      largest: [],
      ignored: [],
      agreed: null
    },
    last_snapshot: null,
    drafts: 0
  };
}

const skipping = ({ skip_damaged }: IBringing): string =>
  skip_damaged ? ' without what is damaged' : '';

function runOf(id: string): RunSummary {
  return {
    id,
    revision: 0,
    seq: 1,
    state: 'published',
    description: `Run ${id}`,
    error: null,
    started: TIME,
    ended: TIME,
    duration_s: 1,
    recorded: TIME,
    notebook: 'train.ipynb',
    workload: null,
    parameters: [],
    metrics: [{ key: 'accuracy', kind: 'float', number: 0.5, text: '0.5' }],
    labels: [],
    models: [],
    inputs: 0,
    outputs: 0,
    snapshot: { state: 'pending', id: null, duration_s: null },
    conflict: false,
    ending: null,
    group: null,
    curves: 0,
    stopped_at: null,
    stopped_of: null,
    repeats: null
  };
}

function detailOf(run: RunSummary): Run {
  return {
    ...run,
    inputs: [],
    outputs: [],
    sources: [],
    block_text: null,
    context: null,
    snapshot_detail: null,
    draft: false,
    segments: [],
    overlapping: false,
    cells: null,
    undeclared: [],
    observed: null,
    media: [],
    log: null,
    environment: false,
    repeats: null,
    repetitions: [],
    verdict: null
  };
}

function jobOf(id: string, kind: Job['kind'], run: string | null): Job {
  return {
    id,
    kind,
    state: 'running',
    title: kind,
    done: 0,
    total: null,
    unit: 'files',
    done_bytes: null,
    total_bytes: null,
    started: TIME,
    run,
    result: null,
    error: null
  };
}
