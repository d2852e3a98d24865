// Made from protocol/errors.json by `npm run generate`. Do not edit.

export interface ErrorEntry {
  /** HTTP status. */
  readonly status: number;
  readonly retryable: boolean;
  /** Text with {fields} to fill in. */
  readonly message: string;
  readonly kept: string;
  readonly next: string;
}

export const ERRORS = {
  'bad-request': {
    status: 400,
    retryable: false,
    message: 'The request is not understood: {detail}.',
    kept: 'Everything.',
    next: 'Reload the page; if it stays, update Dotscience on both sides.'
  },
  forbidden: {
    status: 403,
    retryable: false,
    message: 'You may not do this here.',
    kept: 'Everything.',
    next: 'Ask the owner of this Jupyter server.'
  },
  'route-not-found': {
    status: 404,
    retryable: false,
    message: 'This version of Dotscience has no {route}.',
    kept: 'Everything.',
    next: 'Update Dotscience on both sides and reload the page.'
  },
  'workspace-not-found': {
    status: 404,
    retryable: false,
    message: 'No workspace at {path}.',
    kept: 'Everything.',
    next: "Open a folder that exists, or run 'ds init' in it."
  },
  'workspace-unknown': {
    status: 404,
    retryable: true,
    message: 'This Jupyter server has not opened that workspace yet.',
    kept: 'Everything.',
    next: 'We look it up again by itself.'
  },
  'contents-elsewhere': {
    status: 409,
    retryable: false,
    message:
      'This Jupyter server keeps its files elsewhere ({manager}), not in folders of this machine: runs cannot be tracked from here.',
    kept: 'Everything.',
    next: "'ds init' in a folder of the machine where the kernels run, or serve that folder."
  },
  'run-not-found': {
    status: 404,
    retryable: false,
    message: 'No run {run} in this workspace.',
    kept: 'Everything.',
    next: "'ds runs' lists the runs."
  },
  'run-ambiguous': {
    status: 409,
    retryable: false,
    message: '{run} fits {count} runs: {candidates}.',
    kept: 'Everything.',
    next: 'Give more digits.'
  },
  'snapshot-not-found': {
    status: 404,
    retryable: false,
    message: 'No snapshot {snapshot} in this workspace.',
    kept: 'Everything.',
    next: "'ds status' names the newest."
  },
  'snapshot-pending': {
    status: 409,
    retryable: true,
    message: 'The snapshot of run {run} is not taken yet.',
    kept: 'The run with its metrics and code.',
    next: 'Try again in a moment.'
  },
  'snapshot-failed': {
    status: 409,
    retryable: false,
    message: 'Run {run} has no snapshot: {detail}.',
    kept: 'The run with its metrics, and the outputs pinned at publish.',
    next: 'Save a snapshot now; later runs are not affected.'
  },
  'file-not-found': {
    status: 404,
    retryable: false,
    message: '{path} is not in {what}.',
    kept: 'Everything.',
    next: "'ds show RUN' lists its files."
  },
  'file-not-kept': {
    status: 410,
    retryable: false,
    message:
      'The bytes of {path} were not kept: only its size and time are known.',
    kept: 'The fingerprint: {size} bytes, {mtime}.',
    next: 'Track this folder to keep its bytes from now on.'
  },
  'file-changed': {
    status: 410,
    retryable: false,
    message:
      'The bytes of {path} as the run left it were not kept: it was written again at {time}, before its snapshot.',
    kept: 'The later bytes, in snapshot @{snapshot}.',
    next: 'Name the snapshot instead of the run for the later bytes.'
  },
  'path-refused': {
    status: 400,
    retryable: false,
    message: 'The path {path} is refused: {detail}.',
    kept: 'Everything.',
    next: "Give a path inside the workspace, without '..'."
  },
  'checkout-exists': {
    status: 409,
    retryable: false,
    message: '{path} exists already.',
    kept: 'Everything in it.',
    next: 'Name a folder that does not exist.'
  },
  'checkout-outside': {
    status: 400,
    retryable: false,
    message: '{path} cannot be made: {detail}.',
    kept: 'Everything.',
    next: 'Name another folder.'
  },
  'job-not-found': {
    status: 404,
    retryable: false,
    message: 'No job {job}.',
    kept: 'Everything.',
    next: 'It may have ended long ago.'
  },
  cancelled: {
    status: 409,
    retryable: true,
    message: 'Cancelled.',
    kept: 'What was there before.',
    next: 'Start again when you like.'
  },
  'disk-full': {
    status: 507,
    retryable: true,
    message:
      'Disk full: {what} not saved. The disk has {free} free; {need} needed.',
    kept: '{kept}',
    next: 'Free some space. We try again every 30 s.'
  },
  'disk-floor': {
    status: 507,
    retryable: true,
    message: 'Storing paused: less than {floor} would stay free.',
    kept: 'Every run with its metrics and code.',
    next: "Free some space, or lower the floor: in the panel under What is tracked, or 'ds policy --floor SIZE'."
  },
  'store-unwritable': {
    status: 500,
    retryable: true,
    message: 'The store {path} cannot be written: {detail}.',
    kept: 'Everything stored so far.',
    next: "Check the folder's owner and mode. We try again every 30 s."
  },
  'object-damaged': {
    status: 500,
    retryable: false,
    message: 'The stored bytes of {path} are damaged (object {object}).',
    kept: 'All other files of the run.',
    next: "'ds verify' says what it touches; 'ds verify --repair' mends what the workspace's files still hold."
  },
  'record-damaged': {
    status: 500,
    retryable: false,
    message: '{count} damaged records in {path}.',
    kept: 'All other records.',
    next: "Run 'ds rebuild'; the damaged lines are kept beside the file."
  },
  'notebook-half-written': {
    status: 500,
    retryable: true,
    message: '{path} is half-written: {detail}.',
    kept: 'All earlier runs, and the last whole version.',
    next: 'Save the notebook again. We look again on each save.'
  },
  'notebook-too-large': {
    status: 413,
    retryable: false,
    message: '{path} is {size}: its outputs are not searched for runs.',
    kept: 'Runs published with this library are known from the journal.',
    next: 'Clear large outputs.'
  },
  'block-unreadable': {
    status: 422,
    retryable: false,
    message: '1 run could not be read: {path}, cell {cell}: {detail}.',
    kept: 'The output text.',
    next: 'Run the cell again.'
  },
  'files-in-motion': {
    status: 409,
    retryable: true,
    message: '{count} files changed while the snapshot was taken.',
    kept: 'Their last state read, marked as unstable.',
    next: 'Save a snapshot when writing is over.'
  },
  'files-unreadable': {
    status: 409,
    retryable: true,
    message: '{count} could not be read.',
    kept: 'Every other file.',
    next: 'Correct what the details name; each snapshot looks again.'
  },
  'worker-unreachable': {
    status: 503,
    retryable: true,
    message: 'The tracking process of this workspace does not answer.',
    kept: 'Runs are kept in the journal and appear when it is back.',
    next: 'It is started again by itself.'
  },
  'worker-version': {
    status: 503,
    retryable: true,
    message:
      'The tracking process has another version ({theirs}, here {ours}).',
    kept: 'Everything.',
    next: 'It is restarted by itself when its work is done.'
  },
  'library-clash': {
    status: 409,
    retryable: false,
    message:
      'Another package named dotscience ({where}) is imported in this kernel instead of ours.',
    kept: 'Runs published with it are still found in the notebook.',
    next: 'pip uninstall dotscience in that environment.'
  },
  'server-unreachable': {
    status: 503,
    retryable: true,
    message: 'The Jupyter server does not answer.',
    kept: 'Runs are kept in the journal and appear when it is back.',
    next: 'We try again by ourselves.'
  },
  'server-part-missing': {
    status: 404,
    retryable: false,
    message: 'The server part of Dotscience is not installed here.',
    kept: 'Notebooks work as before; runs stay in their outputs.',
    next: 'Install jupyterlab-dotscience in the environment that runs Jupyter, then reload this page.'
  },
  internal: {
    status: 500,
    retryable: true,
    message: 'Something in Dotscience failed: {detail}.',
    kept: 'Everything recorded so far.',
    next: 'See the log {log}.'
  },
  'not-recorded': {
    status: 404,
    retryable: false,
    message: 'Run {run} has no recorded {what}.',
    kept: 'Everything else of the run.',
    next: 'Runs of this version record it; see docs/ds.md for what must be switched on.'
  },
  'settings-refused': {
    status: 409,
    retryable: false,
    message: 'The setting was not changed: {detail}.',
    kept: 'The settings as they were.',
    next: 'Correct what the message names, then try again.'
  },
  'content-thinned': {
    status: 410,
    retryable: false,
    message:
      'The bytes of {path} were given up on {time} to stay within the storage budget.',
    kept: "The run, its metrics and code; the file's size, time and hash.",
    next: 'Run it again to make the file anew.'
  },
  'branch-exists': {
    status: 409,
    retryable: false,
    message: 'A branch named {name} exists already.',
    kept: 'Everything in it.',
    next: 'Give another name.'
  },
  'restore-refused': {
    status: 409,
    retryable: false,
    message: '{path} cannot be brought back: {detail}.',
    kept: 'Everything that is there.',
    next: 'Restore into a side folder instead.'
  },
  'restore-partial': {
    status: 500,
    retryable: true,
    message:
      'Only {done} of {total} files were brought back before it was interrupted.',
    kept: 'Each file is whole, as it was or as it is in the run; what was there before is in snapshot {snapshot}.',
    next: 'Bring the files back again, or bring back snapshot {snapshot}.'
  },
  'nothing-to-run': {
    status: 409,
    retryable: false,
    message: 'Run {run} cannot be run again: {detail}.',
    kept: 'The run and its files.',
    next: 'Check it out and run it by hand.'
  },
  'chunks-refused': {
    status: 500,
    retryable: true,
    message: 'The chunk store refused the data: {detail}.',
    kept: 'The run and everything stored before; the file is stored whole instead.',
    next: "Look at the worker's log when it happens again."
  },
  'environment-not-rebuilt': {
    status: 500,
    retryable: true,
    message: 'The environment could not be rebuilt: {detail}.',
    kept: 'The run and every file; of the environment nothing stays half made.',
    next: "{hint} Without '--environment rebuild' it runs in the present environment."
  },
  'storage-budget': {
    status: 507,
    retryable: false,
    message:
      'Stored files take {bytes}, the budget is {budget}: large files of {count} older runs ({freed}) are given up on {date}.',
    kept: 'All runs with metrics, code, notebooks and files below 4 MiB; labelled, pinned, best and the newest 20 runs whole.',
    next: "Pin the runs to keep, raise the budget ('ds gc --budget'), or do it now ('ds gc --apply')."
  },
  'freeze-refused': {
    status: 500,
    retryable: true,
    message: 'The file system refused a snapshot: {detail}.',
    kept: 'The run, and everything stored before.',
    next: "The files are read and stored instead. Look at the worker's log when it happens again."
  },
  'freeze-not-permitted': {
    status: 403,
    retryable: false,
    message: 'You may not {what} here: {detail}.',
    kept: 'The run, and every snapshot that stands.',
    next: 'Become the owner of the subvolume or folder, or ask an administrator; until then files are read and stored instead.'
  },
  'freeze-exists': {
    status: 409,
    retryable: true,
    message: 'There is a snapshot named {name} already.',
    kept: 'That snapshot; nothing was taken.',
    next: 'Try again: each snapshot gets a name of its own.'
  },
  'freeze-busy': {
    status: 409,
    retryable: true,
    message: 'The snapshot {name} is in use: {detail}.',
    kept: 'The snapshot, whole.',
    next: 'End what uses it; it is given up at the next cleaning up.'
  },
  'move-refused': {
    status: 409,
    retryable: false,
    message: 'The workspace was not moved: {detail}.',
    kept: '{kept}',
    next: '{hint}'
  },
  'move-stopped': {
    status: 409,
    retryable: true,
    message: 'The move is not done: {detail}.',
    kept: '{kept}',
    next: '{hint}'
  },
  'replication-refused': {
    status: 409,
    retryable: false,
    message: 'Nothing was sent to {target}: {detail}.',
    kept: 'Everything here and there.',
    next: '{hint}'
  },
  'replication-stopped': {
    status: 502,
    retryable: true,
    message: 'Replicating to {target} stopped: {detail}.',
    kept: 'Everything here; there all snapshots that had arrived whole.',
    next: '{hint}'
  },
  'store-damaged': {
    status: 500,
    retryable: false,
    message:
      '{count} stored things are damaged or missing: {runs} runs and {files} files are touched.',
    kept: 'Everything else; damaged bytes are never given out.',
    next: "'ds verify' names them; 'ds verify --repair' mends what the workspace's files still hold."
  }
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
