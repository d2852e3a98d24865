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
    next: "'ds ls RUN' lists its files."
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
  },
  'zfs-name-taken': {
    status: 409,
    retryable: false,
    message: 'ZFS has something of that name already in {dataset}: {detail}.',
    kept: 'Everything.',
    next: 'Try again: the next snapshot gets another name.'
  },
  'zfs-gone': {
    status: 404,
    retryable: false,
    message: 'ZFS does not have it any more: {detail}.',
    kept: 'Everything else.',
    next: "'zfs list -t all -r {dataset}' shows what is there; somebody may have destroyed or renamed it."
  },
  'zfs-target-modified': {
    status: 409,
    retryable: false,
    message: 'The copy {dataset} was written to since it was last received.',
    kept: 'Both sides, as they are.',
    next: "Set readonly=on there and move what was written aside ('zfs rename' or a clone), then roll it back to the newest common snapshot yourself; nothing is ever forced here."
  },
  'zfs-diverged': {
    status: 409,
    retryable: false,
    message: 'The copy and this dataset have different histories: {detail}.',
    kept: 'Both sides, as they are.',
    next: 'Replicate into a new dataset, or go on from the newest snapshot that both have.'
  },
  'zfs-target-exists': {
    status: 409,
    retryable: false,
    message: '{dataset} exists already and is no copy of this dataset.',
    kept: 'What is there.',
    next: 'Choose a name that is free.'
  },
  'zfs-half-received': {
    status: 409,
    retryable: true,
    message: '{dataset} holds a transfer that was cut off.',
    kept: 'The part that arrived.',
    next: "Replicate again: it goes on from there. 'zfs receive -A {dataset}' gives the part up."
  },
  'zfs-stream-cut': {
    status: 502,
    retryable: true,
    message: 'The stream was cut off or damaged on its way: {detail}.',
    kept: 'What arrived whole.',
    next: 'Replicate again: it goes on from there.'
  },
  'zfs-stream-bad': {
    status: 502,
    retryable: true,
    message: 'What arrived is no stream of zfs send: {detail}.',
    kept: 'Both sides, as they are.',
    next: "Look at the other end's message; a login banner or a full disk are the usual causes."
  },
  'zfs-resume-lost': {
    status: 409,
    retryable: false,
    message: 'The cut-off transfer cannot go on: {detail}.',
    kept: "Both sides' snapshots.",
    next: "'zfs receive -A' on the copy, then replicate again from the newest common snapshot."
  },
  'zfs-large-blocks': {
    status: 409,
    retryable: false,
    message:
      'The copy was made with large blocks, this stream has none: {detail}.',
    kept: 'Both sides, as they are.',
    next: 'Replicate from a host whose zfs send has -L.'
  },
  'zfs-raw-mixed': {
    status: 409,
    retryable: false,
    message: 'Encrypted and plain streams were mixed for {dataset}: {detail}.',
    kept: 'Both sides, as they are.',
    next: 'Replicate into a new dataset, and stay with one kind.'
  },
  'zfs-key-missing': {
    status: 409,
    retryable: false,
    message: 'The encrypted dataset {dataset} is locked.',
    kept: 'Everything.',
    next: "'zfs load-key {dataset}'."
  },
  'zfs-feature-missing': {
    status: 409,
    retryable: false,
    message: 'The ZFS of one side lacks something: {detail}.',
    kept: 'Both sides, as they are.',
    next: "Update ZFS there; 'ds doctor' prints what each host can do."
  },
  'zfs-quota': {
    status: 507,
    retryable: true,
    message: 'The quota of {dataset} is used up.',
    kept: 'Everything before.',
    next: "Raise it ('zfs set quota=…') or delete files together with the snapshots that hold them."
  },
  'zfs-pool-full': {
    status: 507,
    retryable: true,
    message:
      'The pool of {dataset} is full, or its limit of snapshots is reached: {detail}.',
    kept: 'Everything before.',
    next: "Free space or destroy old snapshots ('ds gc'); 'zpool list' shows the pool."
  },
  'zfs-cloned': {
    status: 409,
    retryable: false,
    message: 'A snapshot of {dataset} cannot go: {who} is a clone of it.',
    kept: 'The snapshot.',
    next: "Destroy the clone, or 'zfs promote' it."
  },
  'zfs-held': {
    status: 409,
    retryable: false,
    message: 'A snapshot of {dataset} cannot go: {who} holds it.',
    kept: 'The snapshot.',
    next: "'zfs holds' names the holds; 'zfs release TAG SNAPSHOT' takes one off."
  },
  'zfs-replicated': {
    status: 409,
    retryable: false,
    message:
      'A snapshot of {dataset} cannot go: it is the newest that {who} has as well.',
    kept: 'The snapshot.',
    next: 'Replicate once more; then the next one takes its place.'
  },
  'zfs-busy': {
    status: 409,
    retryable: true,
    message: '{dataset} is in use: {detail}.',
    kept: 'Everything.',
    next: "Close what reads it. A container that started while it was mounted keeps it in use: 'grep {dataset} /proc/*/mounts' finds it."
  },
  'zfs-mount-root': {
    status: 403,
    retryable: false,
    message: 'On Linux only root mounts datasets: {detail}.',
    kept: 'Everything.',
    next: "Have it mounted by root once; snapshots are read through '.zfs' without that."
  },
  'zfs-permission': {
    status: 403,
    retryable: false,
    message: 'You may not do that with {dataset}: {detail}.',
    kept: 'Everything.',
    next: "'ds doctor' prints the exact 'zfs allow' that grants it."
  },
  'zfs-no-device': {
    status: 503,
    retryable: false,
    message: 'ZFS cannot be reached: {detail}.',
    kept: 'Everything.',
    next: "Give this user or container /dev/zfs; 'ds doctor' says more."
  },
  'zfs-not-running': {
    status: 503,
    retryable: true,
    message: 'ZFS does not run on this host: {detail}.',
    kept: 'Everything.',
    next: "Load its kernel module ('modprobe zfs') or start zfs-fuse."
  },
  'zfs-pool-suspended': {
    status: 503,
    retryable: true,
    message: 'The pool of {dataset} stands still: {detail}.',
    kept: 'What was written before.',
    next: "'zpool status' names the disk; 'zpool clear' goes on once it is back."
  },
  'zfs-pool-damaged': {
    status: 500,
    retryable: false,
    message: 'ZFS reports damage: {detail}.',
    kept: 'What ZFS can still read.',
    next: "'zpool status -v' names the files; 'zpool scrub' checks the rest."
  },
  'zfs-no-answer': {
    status: 504,
    retryable: true,
    message: 'ZFS does not answer: {detail}.',
    kept: 'Everything.',
    next: "'zpool status' says whether the pool stands still; it is tried again."
  },
  'zfs-refused': {
    status: 500,
    retryable: false,
    message: 'ZFS refused a command on {dataset}: {detail}.',
    kept: 'Everything.',
    next: "'ds doctor' prints what this host can do."
  }
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
