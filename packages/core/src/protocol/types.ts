// Made from protocol/*.schema.json by `npm run generate`. Do not edit.

export type AnyShape =
  | Access
  | BlockRef
  | Branch
  | BranchParent
  | Branches
  | BytesPath
  | CaptureSettings
  | CellError
  | CellMark
  | CellsAnswer
  | CellsRef
  | Change
  | Changes
  | Column
  | ColumnBlock
  | Comparison
  | Container
  | Cost
  | Damaged
  | DamagedFile
  | DiffCounts
  | DiffFile
  | DiffSide
  | Doctor
  | Draft
  | DraftsAnswer
  | EnvironmentAnswer
  | ErrorBody
  | Execution
  | Feed
  | FileDiff
  | FilePage
  | FileRef
  | Finding
  | FolderCost
  | GcPlan
  | GitDetail
  | GitState
  | Gpu
  | Job
  | JobResult
  | Label
  | LackingFile
  | LeftOut
  | LeftOutKind
  | ListedFile
  | LiveRun
  | LogRef
  | Machine
  | MediaItem
  | MeterSummary
  | Model
  | Notice
  | Observed
  | ObservedFile
  | Origin
  | PackageChange
  | PathPolicy
  | Policy
  | PolicyRule
  | RawPath
  | Repetition
  | Rerun
  | RerunDifference
  | Run
  | RunContext
  | RunProgress
  | RunStorage
  | RunSummary
  | Segment
  | Series
  | SeriesAnswer
  | Snapshot
  | SnapshotFreeze
  | SnapshotRef
  | Status
  | Storage
  | ThinnedRun
  | TouchedRun
  | TreeDiff
  | Value
  | Verdict
  | VerdictCause
  | VerdictMetric
  | VerifyReport
  | Version
  | VersionNow
  | VersionRun
  | Versions
  | Workspace
  | WrittenBy;

/**
 * workspace-relative, or absolute outside
 */
export interface Access {
  path: string | RawPath;
  outside: boolean;
}
export interface RawPath {
  b64: string;
}
export interface BlockRef {
  index: number;
  revision: number;
  url: string;
}
/**
 * A folder that goes on from a run
 */
export interface Branch {
  name: string;
  /**
   * absolute
   */
  path: string;
  api_path: string | null;
  run: string | null;
  snapshot: string;
  time: string;
  state: 'there' | 'gone';
}
/**
 * What this workspace itself was branched from
 */
export interface BranchParent {
  name: string;
  path: string;
  run: string | null;
  snapshot: string;
}
/**
 * Branches made from this workspace, newest first
 */
export interface Branches {
  branches: Branch[];
  parent: BranchParent | null;
}
/**
 * A path that is not UTF-8
 */
export interface BytesPath {
  b64: string;
}
/**
 * What kernels that start from now on record
 */
export interface CaptureSettings {
  /**
   * sessions without a ds call become drafts; cells, files and the environment are recorded
   */
  capture: boolean;
  /**
   * MLFLOW_TRACKING_URI=dotscience:// in kernels that have none
   */
  mlflow: boolean;
  /**
   * names that an environment variable decides
   */
  locked: string[];
  /**
   * why the user's settings file was not read: then both are off
   */
  problem?: string;
}
export interface CellError {
  kind: string;
  message: string;
}
/**
 * Why this execution's state is not what running the saved notebook from top to bottom gives
 */
export interface CellMark {
  kind:
    | 'edited'
    | 'gone'
    | 'stale_source'
    | 'stale_value'
    | 'out_of_order'
    | 'rerun_self';
  names: string[];
  /**
   * `n` of the execution it is about: the one that bound the names, or the later one
   */
  other: number | null;
  /**
   * lines that differ, for edited
   */
  lines: number | null;
}
/**
 * Executions of a session in the order they ran
 */
export interface CellsAnswer {
  format: 1;
  run: string | null;
  notebook: string | null;
  /**
   * the saved notebook they are compared with was written then; null: there was none
   */
  saved: string | null;
  executions: Execution[];
  /**
   * executions left out before the first listed
   */
  earlier: number;
  /**
   * distinct cells among them
   */
  cells: number;
  flagged: number;
}
/**
 * One execution of one cell
 */
export interface Execution {
  /**
   * 1, 2, … in its process
   */
  n: number;
  /**
   * nbformat id
   */
  cell: string | null;
  /**
   * 1-based place among the code cells of the saved notebook; null: gone or not known
   */
  position: number | null;
  /**
   * SHA-256 of the source
   */
  hash: string;
  /**
   * first line of code
   */
  line: string;
  lines: number;
  started: string | null;
  /**
   * null: it had not ended
   */
  duration_s: number | null;
  /**
   * IPython's number
   */
  count: number | null;
  error: CellError | null;
  reads: Access[];
  writes: Access[];
  /**
   * published in it
   */
  runs: string[];
  marks: CellMark[];
}
export interface CellsRef {
  count: number;
  flagged: number;
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
  /**
   * who probably wrote it; null: not known
   */
  by: WrittenBy | null;
  /**
   * undeclared: a run wrote it and does not declare it; declared: an output of a run; none: no run is known, or the user said it is not part of it
   */
  claim: 'undeclared' | 'declared' | 'none';
}
export interface WrittenBy {
  run: string | null;
  /**
   * of the run, the notebook or the program
   */
  title: string;
  notebook: string | null;
  how: 'observed' | 'during';
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  time: string;
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
   * text: id, state, description, error, started, ended, recorded, notebook, workload, snapshot.state, snapshot.id, label:<key>, models (JSON of the list, null when empty); f64: revision, seq, duration_s, inputs, outputs, conflict (0 or 1), snapshot.duration_s; parameter:<key>, metric:<key>: f64, null where the run has none or its number does not fit, and beside it the text column <name>#text with the value's text wherever ECMAScript's String(number) does not give it back (1e-4, 64.0, True, abc, NaN, integers beyond 2^53). A value is missing where both are null. A column that says nothing may be missing: all null; inputs, outputs, curves, conflict all 0; seq is always index * 4096 + row + 1. parameters, metrics and labels of a run stand in the order of the columns
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
export interface Comparison {
  /**
   * a run's id, or now
   */
  to: string;
  title: string | null;
  time: string | null;
  /**
   * null: the same
   */
  python: PackageChange | null;
  packages: PackageChange[];
  /**
   * machine, commit, variables, seeds that differ
   */
  other: PackageChange[];
}
/**
 * before null: added; after null: removed
 */
export interface PackageChange {
  name: string;
  before: string | null;
  after: string | null;
}
export interface Container {
  kind: string;
  image: string | null;
  digest: string | null;
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
 * One damaged thing
 */
export interface Damaged {
  what:
    'object' | 'xorb' | 'shard' | 'record' | 'manifest' | 'missing' | 'held';
  name: string;
  detail: string;
  files: DamagedFile[];
  file_count: number;
}
/**
 * A file it breaks
 */
export interface DamagedFile {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  run: string | null;
  snapshot: string | null;
}
/**
 * All that differ, whatever the page holds; `same` are files with equal content
 */
export interface DiffCounts {
  added: number;
  modified: number;
  deleted: number;
  moved: number;
  mode: number;
  same: number;
}
/**
 * `added`: only in b; `deleted`: only in a; `moved`: the same bytes under another path; `mode`: only modes, times of no account
 */
export interface DiffFile {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  kind: 'added' | 'modified' | 'deleted' | 'moved' | 'mode';
  from: (string | BytesPath) | null;
  size_a: number | null;
  size_b: number | null;
  /**
   * a unified diff can be asked for
   */
  text: boolean;
}
/**
 * One side of a difference
 */
export interface DiffSide {
  /**
   * as asked
   */
  ref: string;
  run: string | null;
  snapshot: string | null;
  title: string;
  time: string | null;
}
/**
 * What this host and a workspace can do (ds doctor --json)
 */
export interface Doctor {
  version: string;
  workspace: string;
  /**
   * nothing is a problem; the exit code is then 0, else 1
   */
  healthy: boolean;
  findings: Finding[];
  /**
   * what this host's ZFS can (versions and flags are text); null where there is none
   */
  zfs: {
    [k: string]: boolean | string;
  } | null;
}
/**
 * One thing that was looked at
 */
export interface Finding {
  what: string;
  state: 'good' | 'note' | 'problem';
  text: string;
  /**
   * what to do: a sentence or a command
   */
  next: string | null;
}
export interface Draft {
  id: string;
  notebook: string | null;
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  started: string;
  /**
   * null: it goes on
   */
  ended: string | null;
  cells: number;
  reads: number;
  writes: number;
  error: string | null;
  expires: string | null;
  kept: boolean;
  snapshot: 'none' | 'pending' | 'frozen' | 'sealed' | 'failed';
}
/**
 * Kernel sessions without a published run
 */
export interface DraftsAnswer {
  format: 1;
  drafts: Draft[];
}
/**
 * What a run ran in, and how that differs
 */
export interface EnvironmentAnswer {
  format: 1;
  run: string;
  python: string | null;
  executable: string | null;
  platform: string | null;
  host: string | null;
  packages: {
    [k: string]: string;
  } | null;
  /**
   * packages that are not plain releases from an index
   */
  origins: {
    [k: string]: Origin;
  };
  conda: string[] | null;
  git: GitDetail | null;
  machine: Machine | null;
  container: Container | null;
  seeds: {
    [k: string]: string;
  };
  variables: {
    [k: string]: string;
  };
  /**
   * use over time; curves are the series system/…
   */
  meter: MeterSummary | null;
  /**
   * null: nothing to compare with
   */
  compared: Comparison | null;
}
export interface Origin {
  kind: string;
  url: string | null;
  commit: string | null;
  dirty: boolean | null;
}
export interface GitDetail {
  commit: string | null;
  branch: string | null;
  dirty: boolean | null;
  /**
   * the uncommitted changes as a patch, cut at 1 MiB
   */
  diff: string | null;
  diff_bytes: number;
  untracked: number;
}
export interface Machine {
  os: string | null;
  cpu: string | null;
  cores: number | null;
  memory_bytes: number | null;
  gpus: Gpu[];
  driver: string | null;
  cuda: string | null;
}
export interface Gpu {
  name: string;
  memory_bytes: number | null;
}
export interface MeterSummary {
  cpu_s: number | null;
  /**
   * mean, 100 is one core
   */
  cpu_percent: number | null;
  peak_rss_bytes: number | null;
  gpu_percent: number | null;
  gpu_memory_bytes: number | null;
  samples: number;
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
  /**
   * how an interrupted run's process went: in order, killed, or with its machine; else null
   */
  ending: ('ended' | 'crashed' | 'lost') | null;
  /**
   * its label `group`: runs of one sweep
   */
  group: string | null;
  /**
   * metrics with more than one point
   */
  curves: number;
  /**
   * of a failed or interrupted run that told how far it was (ds.steps): the step it had done; else null
   */
  stopped_at: number | null;
  /**
   * how many steps there were to be; null: not known
   */
  stopped_of: number | null;
  /**
   * the run that this one repeats (run again); null: none
   */
  repeats: string | null;
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
 * The run's snapshot. pending: not yet taken; frozen: bytes safe here; sealed: all hashes known too; failed: see notice.
 */
export interface SnapshotRef {
  state: 'pending' | 'frozen' | 'sealed' | 'failed';
  id: string | null;
  duration_s: number | null;
}
/**
 * How one text differs
 */
export interface FileDiff {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  state: 'text' | 'same' | 'binary' | 'large' | 'not_kept';
  diff: string | null;
  added: number | null;
  removed: number | null;
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
  /**
   * changed: written again between the run's end and its snapshot, so its bytes are not the run's and it counts as not kept
   */
  state: 'kept' | 'fingerprint' | 'changed' | 'thinned';
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
   * kept: bytes can be brought back; fingerprint: size and time only; changed: written again before its bytes were stored, so they are not the run's
   */
  state: 'kept' | 'fingerprint' | 'changed' | 'missing' | 'pending' | 'unknown';
  size: number | null;
  mtime_ns: string | null;
  object: string | null;
  /**
   * bytes taken at publish
   */
  pinned: boolean;
  /**
   * an amendment made it an input or output
   */
  claimed: boolean;
  /**
   * what was observed of it in this run; null: not seen, or nothing watched
   */
  seen: ('r' | 'w' | 'rw') | null;
}
/**
 * What would be given up to come below the budget, oldest first; null: nothing
 */
export interface GcPlan {
  due: string | null;
  announced: string | null;
  bytes: number;
  runs: ThinnedRun[];
}
/**
 * A run whose large outputs would go
 */
export interface ThinnedRun {
  run: string;
  title: string;
  time: string | null;
  /**
   * freed with this run and those before it in the list
   */
  bytes: number;
  files: number;
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
  kind:
    | 'snapshot'
    | 'checkout'
    | 'rebuild'
    | 'restore'
    | 'branch'
    | 'verify'
    | 'gc'
    | 'migrate'
    | 'rerun'
    | 'bisect';
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';
  title: string;
  line?: string | null;
  done: number;
  total: number | null;
  /**
   * cells and lines of output: of a repetition
   */
  unit: 'files' | 'bytes' | 'records' | 'cells' | 'lines';
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
  restored?: number | null;
  unchanged?: number | null;
  not_kept?: (string | BytesPath)[] | null;
  lacking?: LackingFile[] | null;
  incomplete?: boolean | null;
  run?: string | null;
  bytes?: number | null;
  paths?: (string | BytesPath)[] | null;
  created?: (string | BytesPath)[] | null;
  metrics?: {
    [k: string]: string;
  } | null;
}
/**
 * A file that was not brought back
 */
export interface LackingFile {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  /**
   * never kept, written again before its bytes were stored, given up, its bytes damaged; list: this path and an unknown number behind it stand in a part of the list of files that is damaged
   */
  why: 'fingerprint' | 'changed' | 'thinned' | 'damaged' | 'list';
}
/**
 * What is not kept of what was there; left out where nothing was. Attributes are those a file had when it was read.
 */
export interface LeftOut {
  owner?: LeftOutKind;
  xattr?: LeftOutKind;
  acl?: LeftOutKind;
  special?: LeftOutKind;
  mount?: LeftOutKind;
  unreadable?: LeftOutKind;
}
export interface LeftOutKind {
  count: number;
  /**
   * up to 20 examples
   */
  paths: (string | BytesPath)[];
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
  /**
   * its label `group`: runs of one sweep
   */
  group: string | null;
  /**
   * so far, of all metrics
   */
  points: number;
  /**
   * of the last value or point; null: nothing yet
   */
  last_told: string | null;
  /**
   * from ds.steps
   */
  progress: RunProgress | null;
  /**
   * nbformat id of the cell that runs
   */
  cell: string | null;
  workload: string | null;
}
export interface RunProgress {
  done: number;
  total: number | null;
  label: string | null;
  /**
   * estimate from the pace of the last steps
   */
  left_s: number | null;
}
export interface LogRef {
  lines: number | null;
  source: 'stdout' | 'notebook';
}
export interface MediaItem {
  /**
   * for the route media/{n}
   */
  n: number;
  key: string;
  step: number | null;
  kind: 'image' | 'figure' | 'table' | 'text' | 'html';
  mime: string;
  size: number;
  caption: string | null;
  shape: number[] | null;
  /**
   * RFC 3339, UTC, microseconds, Z
   */
  time: string;
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
  actions: (
    | 'retry'
    | 'open-notebook'
    | 'show-text'
    | 'track'
    | 'dismiss'
    | 'keep-runs'
    | 'give-up-now'
  )[];
  detail: string | null;
}
export interface Observed {
  reads: number;
  writes: number;
  /**
   * events were lost: the list is not complete
   */
  lost: boolean;
}
export interface ObservedFile {
  path: string | RawPath;
  outside: boolean;
  mode: 'r' | 'w' | 'rw' | 'd' | 'm';
  by: 'hook' | 'watch' | 'wrap' | 'child' | 'during';
  /**
   * `n` of the execution
   */
  cell: number | null;
  /**
   * before: earlier in the session than the run's start
   */
  when: 'run' | 'before';
  size: number | null;
}
/**
 * What is kept of a path
 */
export interface PathPolicy {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  kind: 'file' | 'folder' | 'missing';
  policy: 'keep' | 'fingerprint' | 'ignore' | 'mixed';
  because:
    | 'rule'
    | 'default'
    | 'ignore-file'
    | 'credentials'
    | 'environment'
    | 'cache'
    | 'size'
    | 'home'
    | 'store'
    | 'checkout'
    | 'mount';
  rule: string | null;
  /**
   * a rule of the policy names exactly this path
   */
  own_rule: boolean;
  /**
   * regular files that a rule could keep, also those it ignores
   */
  files: number;
  bytes: number;
  kept_files: number;
  kept_bytes: number;
  pattern: string | null;
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
  /**
   * who takes snapshots, where it works; left out: auto, the best that does
   */
  driver?: 'auto' | 'zfs' | 'btrfs' | 'reflink' | 'plain';
}
export interface PolicyRule {
  pattern: string;
  policy: 'keep' | 'fingerprint' | 'ignore';
}
/**
 * An earlier repetition
 */
export interface Repetition {
  run: string;
  verdict: 'same' | 'differs' | 'unknown';
  time: string;
}
/**
 * What running it again would do
 */
export interface Rerun {
  run: string;
  kind: 'notebook' | 'script' | 'none';
  what: string | null;
  reason: string | null;
  environment: RerunDifference[];
  can_rebuild: ('uv' | 'pip' | 'conda') | null;
  not_kept: number;
  repetitions: Repetition[];
}
/**
 * A difference of the environment
 */
export interface RerunDifference {
  what:
    | 'python'
    | 'package'
    | 'conda'
    | 'editable'
    | 'image'
    | 'gpu'
    | 'cpu'
    | 'variable';
  name: string;
  then: string | null;
  now: string | null;
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
  /**
   * how an interrupted run's process went: in order, killed, or with its machine; else null
   */
  ending: ('ended' | 'crashed' | 'lost') | null;
  /**
   * its label `group`: runs of one sweep
   */
  group: string | null;
  /**
   * metrics with more than one point
   */
  curves: number;
  /**
   * a kernel session that was kept, or can be
   */
  draft: boolean;
  /**
   * of a resumed run; empty else
   */
  segments: Segment[];
  /**
   * segments repeat steps
   */
  overlapping: boolean;
  /**
   * null: not recorded
   */
  cells: CellsRef | null;
  /**
   * seen to be read or written and not declared, the first 200; claimed ones are among inputs and outputs
   */
  undeclared: ObservedFile[];
  /**
   * null: nothing watched
   */
  observed: Observed | null;
  media: MediaItem[];
  /**
   * null: none
   */
  log: LogRef | null;
  /**
   * whether the environment was recorded
   */
  environment: boolean;
  /**
   * of a failed or interrupted run that told how far it was (ds.steps): the step it had done; else null
   */
  stopped_at: number | null;
  /**
   * how many steps there were to be; null: not known
   */
  stopped_of: number | null;
  repeats: string | null;
  verdict: ('same' | 'differs' | 'unknown') | null;
  alone_bytes?: number | null;
  branch?: string | null;
  /**
   * those whose verdict is recorded, the newest first
   */
  repetitions: Repetition[];
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
  left_out?: LeftOut;
  /**
   * frozen: its bytes are safe, not all content keys are known yet; left out: sealed
   */
  state?: 'frozen';
  freeze?: SnapshotFreeze;
}
/**
 * What of the file system keeps its files
 */
export interface SnapshotFreeze {
  driver: string;
  name: string;
  guid: string;
  below: string;
  /**
   * the file system's clock just before, in nanoseconds
   */
  moment_ns?: string;
}
export interface Segment {
  started: string | null;
  first_step: number | null;
  last_step: number | null;
}
/**
 * Most first
 */
export interface RunStorage {
  run: string;
  title: string;
  time: string | null;
  /**
   * that no other run or snapshot holds
   */
  alone_bytes: number;
  kept_for: ('label' | 'pinned' | 'best' | 'newest' | 'draft')[];
  thinned: boolean;
  /**
   * the run that this one repeats (run again); null: none
   */
  repeats: string | null;
}
/**
 * One metric's points; the three lists are of one length
 */
export interface Series {
  key: string;
  /**
   * points in all
   */
  count: number;
  /**
   * fewer are listed than there are
   */
  sampled: boolean;
  steps: number[];
  /**
   * since the run's first point
   */
  seconds: number[];
  /**
   * NaN and infinities as strings
   */
  values: (number | string | null)[];
  /**
   * a number; NaN, Infinity, -Infinity as strings; null: none
   */
  min: number | string | null;
  /**
   * a number; NaN, Infinity, -Infinity as strings; null: none
   */
  max: number | string | null;
  /**
   * a number; NaN, Infinity, -Infinity as strings; null: none
   */
  last: number | string | null;
  last_text: string | null;
  last_time: string | null;
  /**
   * [from, to] steps where a resumed segment replaced earlier points
   */
  overlaps: number[][];
}
/**
 * Curves of a run, down-sampled with extremes kept (docs/formats/points.md)
 */
export interface SeriesAnswer {
  format: 1;
  run: string;
  axis: 'step' | 'time';
  series: Series[];
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
  /**
   * kernel sessions without a published run, that go on or can be kept
   */
  drafts: number;
}
/**
 * What the store holds
 */
export interface Storage {
  counted: string | null;
  /**
   * on disk, all of the store
   */
  bytes: number;
  chunks_bytes: number;
  objects_bytes: number;
  records_bytes: number;
  free_bytes: number;
  budget_bytes: number;
  budget_default: boolean;
  /**
   * that nothing needs: freed by gc
   */
  unused_bytes: number;
  runs: RunStorage[];
  plan: GcPlan | null;
}
/**
 * A run that it touches
 */
export interface TouchedRun {
  run: string;
  title: string;
  files: number;
}
/**
 * Files that differ between two trees, sorted by path
 */
export interface TreeDiff {
  a: DiffSide;
  b: DiffSide;
  counts: DiffCounts;
  files: DiffFile[];
  next: (string | BytesPath) | null;
}
/**
 * Whether a repetition gave the same
 */
export interface Verdict {
  run: string;
  of: string;
  verdict: 'same' | 'differs' | 'unknown';
  metrics: VerdictMetric[];
  causes: VerdictCause[];
  folder: string | null;
  time: string;
}
/**
 * A metric before and after
 */
export interface VerdictMetric {
  key: string;
  before: string | null;
  after: string | null;
  tolerance: number | null;
  same: boolean;
}
/**
 * Why metrics differ
 */
export interface VerdictCause {
  cause:
    | 'seed'
    | 'data'
    | 'package'
    | 'python'
    | 'code'
    | 'clock'
    | 'threads'
    | 'variable'
    | 'hardware'
    | 'not_kept'
    | 'error';
  detail: string;
  /**
   * what was seen or tried
   */
  evidence: string;
}
/**
 * The last check of every stored byte
 */
export interface VerifyReport {
  time: string;
  duration_s: number;
  checked_bytes: number;
  /**
   * objects, xorbs, shards and record files
   */
  checked: number;
  damaged: Damaged[];
  runs: TouchedRun[];
  /**
   * of `damaged`: files of the workspace still hold the bytes
   */
  repairable: number;
  /**
   * mended by this check, no longer in `damaged`
   */
  repaired?: number;
}
/**
 * One state of the file
 */
export interface Version {
  content: string | null;
  /**
   * bytes
   */
  size: number;
  mtime_ns: string;
  state: 'kept' | 'fingerprint' | 'thinned';
  /**
   * REF to read it with: a run's id, or @snapshot
   */
  ref: string;
  snapshot: string | null;
  /**
   * of the oldest snapshot or run with it
   */
  time: string;
  runs: VersionRun[];
  /**
   * all runs with it; `runs` holds the first 20, those that made or declared it before others
   */
  run_count: number;
}
/**
 * A run that holds this version
 */
export interface VersionRun {
  run: string;
  title: string;
  time: string | null;
  /**
   * declared (output, input), observed (wrote, read), or only there
   */
  role: 'output' | 'input' | 'wrote' | 'read' | 'present';
  /**
   * the run that this one repeats (run again); null: none
   */
  repeats: string | null;
}
/**
 * The file as it is
 */
export interface VersionNow {
  /**
   * bytes
   */
  size: number;
  mtime_ns: string;
  version: number | null;
}
/**
 * The versions of one file, newest first
 */
export interface Versions {
  /**
   * Workspace-relative path; an object when the bytes are not UTF-8
   */
  path: string | BytesPath;
  kind: 'file' | 'folder' | 'missing';
  now: VersionNow | null;
  versions: Version[];
  /**
   * there are older ones beyond the first 500
   */
  cut: boolean;
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
