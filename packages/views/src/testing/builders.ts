/** Builders for tests and the gallery: whole, valid data in which a test names only what matters. */
import {
  RunStore,
  type Change,
  type Draft,
  type FileRef,
  type Job,
  type LiveRun,
  type Notice,
  type Run,
  type RunSummary,
  type Series,
  type Status,
  type Value,
  type Workspace
} from '@dotscience/core';

import type { Clock } from '../host/clock';

/** All builders live on this day. */
export const NOW = '2026-11-21T14:05:00.000000Z';

export const STILL: Clock = { now: () => Date.parse(NOW), zone: 'UTC' };

/** A number as Python would have parsed it. */
export function aValue(key: string, written: number | string): Value {
  const text = String(written);
  const number = Number(text);
  const isNumber = text.trim() !== '' && Number.isFinite(number);
  const kind = !isNumber ? 'text' : /^-?\d+$/.test(text) ? 'int' : 'float';
  return { key, kind, number: isNumber ? number : null, text };
}

export const values = (record: Record<string, number | string>): Value[] =>
  Object.entries(record).map(([key, value]) => aValue(key, value));

export function aRun(seq: number, over: Partial<RunSummary> = {}): RunSummary {
  const started = `2026-11-21T${String(8 + (seq % 6)).padStart(2, '0')}:00:00.000000Z`;
  return {
    id: `${String(seq).padStart(8, '0')}-52d4-4b0e-9a61-0c8f27d1b3aa`,
    revision: seq,
    seq,
    state: 'published',
    description: `Run ${seq}`,
    error: null,
    started,
    ended: null,
    duration_s: 185,
    recorded: started,
    notebook: 'train.ipynb',
    workload: null,
    parameters: [],
    metrics: [],
    labels: [],
    models: [],
    inputs: 0,
    outputs: 0,
    snapshot: {
      state: 'sealed',
      id: '3be1c07'.padEnd(64, '0'),
      duration_s: 0.11
    },
    conflict: false,
    ending: null,
    group: null,
    curves: 0,
    stopped_at: null,
    stopped_of: null,
    repeats: null,
    ...over
  };
}

/** A store with these runs. */
export function aStore(runs: readonly RunSummary[]): RunStore {
  const store = new RunStore();
  feed(store, runs);
  return store;
}

export function feed(store: RunStore, runs: readonly RunSummary[]): void {
  const revision = Math.max(store.revision, ...runs.map(run => run.revision));
  store.apply(
    {
      format: 1,
      workspace: aWorkspace().id,
      revision,
      reset: false,
      total: store.count + runs.length,
      blocks: [],
      runs: [...runs]
    },
    []
  );
}

export function aWorkspace(over: Partial<Workspace> = {}): Workspace {
  return {
    format: 1,
    id: '019aa000-0000-7000-8000-000000000001',
    lineage: '019aa000-0000-7000-8000-000000000002',
    name: 'digits',
    path: '/home/ana/work/digits',
    api_path: 'digits',
    reason: 'git-root',
    driver: 'plain',
    driver_reason: 'ext4 has no snapshots.',
    hub: null,
    revision: 1,
    runs: 0,
    version: '0.1.0',
    ...over
  };
}

export function aStatus(over: Partial<Status> = {}): Status {
  return {
    format: 1,
    workspace: aWorkspace().id,
    revision: 1,
    status: 1,
    state: 'idle',
    running: [],
    changes: { since: null, total: 0, files: [], counted: true },
    jobs: [],
    notices: [],
    policy: {
      default: 'auto',
      limit_bytes: 2_000_000_000,
      limit_share: 0.1,
      floor_bytes: 1_000_000_000,
      rules: []
    },
    cost: {
      files: 214,
      bytes: 38_000_000,
      kept_bytes: 38_000_000,
      held_back_bytes: 0,
      held_back_files: 0,
      store_bytes: 0,
      free_bytes: 210_000_000_000,
      counted: true,
      largest: [],
      ignored: ['.git', '.venv', '__pycache__'],
      agreed: null
    },
    last_snapshot: null,
    drafts: 0,
    ...over
  };
}

export function aLiveRun(over: Partial<LiveRun> = {}): LiveRun {
  return {
    id: 'aaaaaaaa-52d4-4b0e-9a61-0c8f27d1b3aa',
    description: 'MLP 256-128, alpha 1e-4',
    started: '2026-11-21T14:02:46.000000Z',
    notebook: 'train.ipynb',
    metrics: values({ val_accuracy: 0.9882 }),
    group: null,
    points: 0,
    last_told: null,
    progress: null,
    cell: null,
    workload: null,
    ...over
  };
}

export function aNotice(over: Partial<Notice> = {}): Notice {
  return {
    id: 'notice-1',
    code: 'disk-full',
    severity: 'error',
    title: 'Disk full: snapshot not saved',
    text: 'The disk has 12 MB free; this snapshot needs 340 MB.',
    kept: 'Run 9d20e4b7 with its metrics and code. Your files are untouched.',
    next: 'Free some space. We try again every 30 s.',
    since: NOW,
    path: null,
    run: null,
    actions: ['retry'],
    detail: null,
    ...over
  };
}

/** A session that goes on. */
export function aDraft(id: string, over: Partial<Draft> = {}): Draft {
  return {
    id,
    notebook: 'explore.ipynb',
    started: '2026-11-21T13:31:00.000000Z',
    ended: null,
    cells: 14,
    reads: 3,
    writes: 2,
    error: null,
    expires: null,
    kept: false,
    snapshot: 'none',
    ...over
  };
}

/** A curve with a value at each step from 0 on. */
export function aSeries(
  key: string,
  values: Series['values'],
  over: Partial<Series> = {}
): Series {
  const last = values.at(-1) ?? null;
  return {
    key,
    count: values.length,
    sampled: false,
    steps: values.map((_, step) => step),
    seconds: values.map((_, step) => step),
    values,
    min: null,
    max: null,
    last,
    last_text: last === null ? null : String(last),
    last_time: null,
    overlaps: [],
    ...over
  };
}

/** A change nobody claims. */
export function aChange(
  path: Change['path'],
  over: Partial<Change> = {}
): Change {
  return {
    path,
    kind: 'modified',
    size: 10,
    policy: 'keep',
    by: null,
    claim: 'none',
    ...over
  };
}

export function aJob(over: Partial<Job> = {}): Job {
  return {
    id: 'job-1',
    kind: 'snapshot',
    state: 'running',
    title: 'First snapshot',
    done: 6412,
    total: 10230,
    unit: 'files',
    done_bytes: 900_000_000,
    total_bytes: 1_300_000_000,
    started: NOW,
    run: null,
    result: null,
    error: null,
    ...over
  };
}

export function aFile(path: string, over: Partial<FileRef> = {}): FileRef {
  return {
    path,
    outside: false,
    state: 'kept',
    size: 212_000,
    mtime_ns: '1795268531000000000',
    object: 'a91d0f2'.padEnd(64, '0'),
    pinned: false,
    claimed: false,
    seen: null,
    ...over
  };
}

/** All detail of a run. */
export function aRunDetail(over: Partial<Run> = {}): Run {
  const summary = aRun(3, { description: 'MLP 128-64, alpha 1e-4' });
  return {
    ...summary,
    inputs: [],
    outputs: [],
    sources: ['journal:20261121T140000-1-aaaaaaaa'],
    block_text: '[[DOTSCIENCE-RUN:x]]{}[[/DOTSCIENCE-RUN:x]]',
    context: {
      host: 'gpu-box-2',
      user: 'ana',
      python: '3.11.9',
      executable: '/home/ana/work/digits/.venv/bin/python',
      platform: 'Linux-6.1-x86_64',
      argv: [],
      cell: 'c5',
      count: 5,
      library: '0.1.0',
      incomplete: false,
      packages: { numpy: '2.4.1', 'scikit-learn': '1.9.0' },
      git: { commit: 'c14b77e0aa11', branch: 'main' }
    },
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
    verdict: null,
    ...over
  };
}
