// Made from protocol/*.schema.json by `npm run generate`. Do not edit.

export type AnyShape =
  | BlockRef
  | BytesPath
  | Change
  | Changes
  | Column
  | ColumnBlock
  | Cost
  | ErrorBody
  | Feed
  | FilePage
  | FileRef
  | FolderCost
  | GitState
  | Job
  | JobResult
  | Label
  | ListedFile
  | LiveRun
  | Model
  | Notice
  | Policy
  | PolicyRule
  | Run
  | RunContext
  | RunSummary
  | Snapshot
  | SnapshotRef
  | Status
  | Value
  | Workspace;

export interface BlockRef {
  index: number;
  revision: number;
  url: string;
}
/**
 * A path that is not UTF-8
 */
export interface BytesPath {
  b64: string;
}
/**
 * A file that differs from the last snapshot
 */
export interface Change {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  kind: 'modified' | 'added' | 'deleted';
  size: number | null;
  policy: 'keep' | 'fingerprint';
}
export interface Changes {
  since: string | null;
  total: number;
  files: Change[];
  counted: boolean;
}
/**
 * One field of the block's runs. f64: base64 of little-endian float64 plus base64 null bitmap (bit i of byte i/8 set = null). text: dictionary and base64 little-endian uint32 codes, 0xFFFFFFFF = null.
 */
export interface Column {
  /**
   * text: id, state, description, error, started, ended, recorded, notebook, workload, snapshot.state, snapshot.id, label:<key>, models (JSON of the list, null when empty); f64: revision, seq, duration_s, inputs, outputs, conflict (0 or 1), snapshot.duration_s; parameter:<key>, metric:<key>: f64, null where the run has none or its number does not fit, and beside it the text column <name>#text with the value's text wherever ECMAScript's String(number) does not give it back (1e-4, 64.0, True, abc, NaN, integers beyond 2^53). A value is missing where both are null. parameters, metrics and labels of a run stand in the order of the columns
   */
  name: string;
  type: 'f64' | 'text';
  data: string;
  nulls?: string;
  dictionary?: string[];
}
/**
 * 4,096 runs by columns, immutable for its (index, revision). Later changes come as run summaries in the feed.
 */
export interface ColumnBlock {
  format: 1;
  index: number;
  revision: number;
  count: number;
  columns: Column[];
}
/**
 * What tracking this folder costs
 */
export interface Cost {
  files: number;
  bytes: number;
  kept_bytes: number;
  /**
   * fingerprinted until the user agrees
   */
  held_back_bytes: number;
  held_back_files: number;
  store_bytes: number | null;
  free_bytes: number;
  /**
   * false while the first count is going on
   */
  counted: boolean;
  largest: FolderCost[];
  ignored: string[];
  agreed: boolean | null;
}
export interface FolderCost {
  path: string;
  bytes: number;
  files: number;
}
/**
 * An error of protocol/errors.json, filled in
 */
export interface ErrorBody {
  code: string;
  message: string;
  kept: string;
  next: string;
  retryable: boolean;
}
/**
 * Delta of runs (docs/formats/local-api.md)
 */
export interface Feed {
  format: 1;
  workspace: string;
  revision: number;
  reset: boolean;
  /**
   * runs in the workspace
   */
  total: number;
  blocks: BlockRef[];
  runs: RunSummary[];
}
/**
 * What lists and tables need of a run. `inputs` and `outputs` are counts.
 */
export interface RunSummary {
  id: string;
  /**
   * of the last change
   */
  revision: number;
  /**
   * 1-based order in which runs were first recorded; block n (0-based) holds seq n*4096+1 … (n+1)*4096
   */
  seq: number;
  /**
   * failed: the run has an error
   */
  state: 'running' | 'published' | 'failed' | 'interrupted';
  description: string | null;
  error: string | null;
  started: string | null;
  ended: string | null;
  duration_s: number | null;
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  recorded: string;
  notebook: string | null;
  workload: string | null;
  parameters: Value[];
  metrics: Value[];
  labels: Label[];
  models: Model[];
  inputs: number;
  outputs: number;
  snapshot: SnapshotRef;
  conflict: boolean;
}
/**
 * One parameter or metric. `number` is set when the whole text is one number by protocol/README.md's pattern: a JSON number, or a decimal string beyond 2^53, or the strings NaN, Infinity, -Infinity.
 */
export interface Value {
  key: string;
  kind: 'int' | 'float' | 'bool' | 'none' | 'text';
  number: number | string | null;
  text: string;
}
/**
 * A label as recorded
 */
export interface Label {
  key: string;
  value: string;
}
/**
 * From an artefact: label
 */
export interface Model {
  name: string;
  kind: string;
  version: string | null;
  path: string | null;
}
/**
 * The run's snapshot. pending: not yet taken; frozen: bytes safe here; failed: see notice.
 */
export interface SnapshotRef {
  state: 'pending' | 'frozen' | 'sealed' | 'failed';
  id: string | null;
  duration_s: number | null;
}
/**
 * A page of a run's files: its snapshot's tree with its pinned outputs and its notebook in place, sorted by path
 */
export interface FilePage {
  files: ListedFile[];
  /**
   * give it as `after` for the next page; null at the end
   */
  next: string | BytesPath | null;
}
/**
 * A file, folder or symbolic link of a run
 */
export interface ListedFile {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  kind: 'file' | 'folder' | 'link';
  state: 'kept' | 'fingerprint';
  size: number | null;
  mtime_ns: string;
  object: string | null;
  /**
   * the run's own bytes, not the snapshot's: taken at publish, or its notebook
   */
  pinned: boolean;
}
/**
 * A file a run declared.
 */
export interface FileRef {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  /**
   * lies outside the workspace
   */
  outside: boolean;
  /**
   * kept: bytes can be brought back; fingerprint: size and time only
   */
  state: 'kept' | 'fingerprint' | 'missing' | 'pending' | 'unknown';
  size: number | null;
  mtime_ns: string | null;
  object: string | null;
  /**
   * bytes taken at publish
   */
  pinned: boolean;
}
export interface GitState {
  commit: string | null;
  branch: string | null;
}
/**
 * Something long
 */
export interface Job {
  id: string;
  kind: 'snapshot' | 'checkout' | 'rebuild';
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  title: string;
  done: number;
  total: number | null;
  unit: 'files' | 'bytes' | 'records';
  done_bytes: number | null;
  total_bytes: number | null;
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  started: string;
  run: string | null;
  result: JobResult | null;
  error: ErrorBody | null;
}
export interface JobResult {
  snapshot: string | null;
  path: string | null;
  api_path: string | null;
  message: string | null;
}
/**
 * A run that has started and not published
 */
export interface LiveRun {
  id: string;
  description: string | null;
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  started: string;
  notebook: string | null;
  metrics: Value[];
}
/**
 * One per cause, shown in place: what happened, what is kept, what to do
 */
export interface Notice {
  id: string;
  code: string;
  severity: 'error' | 'warning' | 'info';
  title: string;
  text: string;
  kept: string;
  next: string;
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  since: string;
  path: string | null;
  run: string | null;
  actions: ('retry' | 'open-notebook' | 'show-text' | 'track' | 'dismiss')[];
  detail: string | null;
}
/**
 * Which bytes are stored. `default` for what no rule names; rules are gitignore patterns, the last that matches wins.
 */
export interface Policy {
  /**
   * auto: keep unless it would take more than limit_bytes or limit_share of the free space
   */
  default: 'auto' | 'keep' | 'fingerprint';
  limit_bytes: number;
  limit_share: number;
  /**
   * storing stops when less is free
   */
  floor_bytes: number;
  rules: PolicyRule[];
}
export interface PolicyRule {
  pattern: string;
  policy: 'keep' | 'fingerprint' | 'ignore';
}
/**
 * All detail of one run
 */
export interface Run {
  id: string;
  /**
   * of the last change
   */
  revision: number;
  /**
   * 1-based order in which runs were first recorded; block n (0-based) holds seq n*4096+1 … (n+1)*4096
   */
  seq: number;
  /**
   * failed: the run has an error
   */
  state: 'running' | 'published' | 'failed' | 'interrupted';
  description: string | null;
  error: string | null;
  started: string | null;
  ended: string | null;
  duration_s: number | null;
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  recorded: string;
  notebook: string | null;
  workload: string | null;
  parameters: Value[];
  metrics: Value[];
  labels: Label[];
  models: Model[];
  inputs: FileRef[];
  outputs: FileRef[];
  snapshot: SnapshotRef;
  conflict: boolean;
  sources: string[];
  block_text: string | null;
  context: RunContext | null;
  snapshot_detail: Snapshot | null;
}
/**
 * From the journal's session
 */
export interface RunContext {
  host: string | null;
  user: string | null;
  python: string | null;
  executable: string | null;
  platform: string | null;
  argv: string[];
  cell: string | null;
  count: number | null;
  library: string | null;
  packages: {
    [k: string]: string;
  } | null;
  git: GitState | null;
  /**
   * the journal could not take everything (full disk): values may be missing
   */
  incomplete: boolean;
}
/**
 * An immutable version of the workspace's tree (docs/formats/store.md)
 */
export interface Snapshot {
  id: string;
  tree: string;
  parent: string | null;
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  time: string;
  message: string | null;
  reason: 'run' | 'user' | 'restore';
  files: number;
  bytes: number;
  /**
   * bytes the store grew by
   */
  bytes_new: number;
  unstable: (string | BytesPath)[];
  /**
   * files known by fingerprint only
   */
  not_kept: number;
  duration_s: number;
  runs: string[];
}
/**
 * What goes on now
 */
export interface Status {
  format: 1;
  workspace: string;
  revision: number;
  status: number;
  state: 'idle' | 'working';
  running: LiveRun[];
  changes: Changes;
  jobs: Job[];
  notices: Notice[];
  policy: Policy;
  cost: Cost;
  last_snapshot: Snapshot | null;
}
/**
 * A tracked tree
 */
export interface Workspace {
  format: 1;
  /**
   * replica id
   */
  id: string;
  lineage: string;
  name: string;
  /**
   * absolute
   */
  path: string;
  api_path: string | null;
  /**
   * why this folder
   */
  reason: 'tracked-parent' | 'git-root' | 'folder' | 'home';
  driver: string;
  driver_reason: string;
  hub: null;
  revision: number;
  runs: number;
  /**
   * of the worker
   */
  version: string;
}
