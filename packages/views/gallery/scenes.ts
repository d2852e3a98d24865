/** Owns what the gallery shows: the drawings' data, in every state that this version has. */
import type { RunSummary } from '@dotscience/core';

import type { WorkspacePanelModel } from '../src/panel/props';
import {
  aFile,
  aJob,
  aLiveRun,
  aNotice,
  aRun,
  aRunDetail,
  aStatus,
  aStore,
  aWorkspace,
  values
} from '../src/testing/builders';

const at = (day: number, time: string): Partial<RunSummary> => {
  const iso = `2026-11-${day}T${time}:00.000000Z`;
  return { started: iso, recorded: iso };
};

const PARAMETERS = values({
  alpha: '1e-3',
  batch: 64,
  epochs: 60,
  hidden: '(128, 64)',
  lr: 0.001,
  scaler: 'StandardScaler',
  seed: 42
});
const BEST = values({
  alpha: '1e-4',
  batch: 64,
  epochs: 60,
  hidden: '(128, 64)',
  lr: 0.001,
  scaler: 'StandardScaler',
  seed: 42
});

const metric = (val_accuracy: number) => ({
  metrics: values({ val_accuracy })
});

const RUNS: RunSummary[] = [
  aRun(1, {
    description: 'Logistic regression',
    notebook: 'baselines.ipynb',
    ...metric(0.9582),
    ...at(19, '17:20')
  }),
  aRun(2, {
    description: 'Random forest, 400 trees',
    notebook: 'baselines.ipynb',
    ...metric(0.983),
    ...at(20, '17:31')
  }),
  aRun(3, {
    description: 'SVC rbf, C 10, gamma 0.001',
    notebook: 'baselines.ipynb',
    ...metric(0.9882),
    ...at(20, '17:46')
  }),
  aRun(4, {
    description: 'Split raw digits 80/20, seed 42',
    notebook: 'prepare.ipynb',
    inputs: 1,
    outputs: 2,
    ...at(21, '13:18')
  }),
  aRun(5, {
    description: 'HOG features for train and validation',
    notebook: 'features.py',
    inputs: 2,
    outputs: 2,
    ...at(21, '13:22')
  }),
  aRun(6, {
    description: 'MLP 512-256-128, lr 0.05, batch 16',
    state: 'failed',
    error: 'ValueError',
    ...at(21, '13:40')
  }),
  aRun(7, {
    description: 'MLP 128-64, alpha 1e-3',
    parameters: PARAMETERS,
    ...at(21, '13:51'),
    metrics: values({
      fit_seconds: 182.1,
      macro_f1: 0.9895,
      test_accuracy: 0.9733,
      val_accuracy: 0.9895,
      val_loss: 0.0399
    })
  }),
  aRun(8, {
    description: 'MLP 128-64, alpha 1e-4',
    parameters: BEST,
    ...at(21, '14:02'),
    metrics: values({
      fit_seconds: 185.2,
      macro_f1: 0.9907,
      test_accuracy: 0.9727,
      val_accuracy: 0.9908,
      val_loss: 0.0341
    })
  })
];

export const store = aStore(RUNS);

const CHANGES = {
  since: null,
  counted: true,
  total: 5,
  files: [
    {
      path: 'train.ipynb',
      kind: 'modified',
      size: 1_204_000,
      policy: 'keep',
      by: null,
      claim: 'none'
    },
    {
      path: 'features.py',
      kind: 'modified',
      size: 3_100,
      policy: 'keep',
      by: null,
      claim: 'none'
    },
    {
      path: 'reports/confusion.png',
      kind: 'added',
      size: 41_000,
      policy: 'keep',
      by: null,
      claim: 'none'
    },
    {
      path: 'models/2026-11/run-03-tuned-on-hog-and-raw-v2.joblib',
      kind: 'deleted',
      size: 1_200_000,
      policy: 'keep',
      by: null,
      claim: 'none'
    },
    {
      path: 'data/raw/scans.tar',
      kind: 'added',
      size: 8_200_000_000,
      policy: 'fingerprint',
      by: null,
      claim: 'none'
    }
  ]
} as const;

const model = (
  over: Partial<WorkspacePanelModel> = {}
): WorkspacePanelModel => ({
  phase: 'ready',
  workspace: aWorkspace(),
  status: aStatus(),
  runs: store,
  error: null,
  selected: null,
  metric: null,
  directions: {},
  ...over
});

export const panels: Record<string, WorkspacePanelModel> = {
  Ready: model({
    selected: RUNS[7].id,
    status: aStatus({
      running: [
        aLiveRun({
          metrics: values({ val_accuracy: 0.9882, val_loss: 0.0412, epoch: 43 })
        })
      ],
      changes: { ...CHANGES, files: [...CHANGES.files] }
    })
  }),
  'First minute': model({ runs: aStore([]) }),
  'First minute, held back': model({
    runs: aStore([]),
    status: aStatus({
      cost: {
        ...aStatus().cost,
        bytes: 12_400_000_000,
        files: 10_230,
        held_back_bytes: 11_900_000_000,
        held_back_files: 812,
        largest: [
          { path: 'data/raw', bytes: 9_100_000_000, files: 600 },
          {
            path: 'checkpoints/a-very-long-name-of-a-sweep/2026',
            bytes: 2_800_000_000,
            files: 212
          }
        ]
      }
    })
  }),
  'First snapshot': model({
    phase: 'loading',
    runs: null,
    status: aStatus({
      jobs: [aJob()],
      changes: { ...CHANGES, total: 0, files: [], counted: false }
    })
  }),
  'Disk full': model({ status: aStatus({ notices: [aNotice()] }) }),
  'Half-written, broken block': model({
    status: aStatus({
      notices: [
        aNotice({
          id: 'a',
          severity: 'warning',
          title: 'train.ipynb is half-written',
          text: 'It ends inside cell 9, so Jupyter may still be saving it.',
          kept: 'All earlier runs, and the last whole version (snapshot 3be1c07).',
          next: 'Save the notebook again. We look again on each save.',
          path: 'train.ipynb',
          actions: ['open-notebook', 'dismiss']
        }),
        aNotice({
          id: 'b',
          title: '1 run could not be read',
          text: 'baselines.ipynb, cell 4: the JSON in the run block stops at line 12.',
          kept: 'The output text.',
          next: 'Run the cell again.',
          detail: '[[DOTSCIENCE-RUN:…',
          actions: ['show-text']
        })
      ]
    })
  }),
  'Worker away': model({
    phase: 'unreachable',
    error: {
      code: 'worker-unreachable',
      message: 'The tracking process of this workspace does not answer.',
      kept: 'Runs are kept in the journal and appear when it is back.',
      next: 'It is started again by itself.',
      retryable: true
    }
  }),
  'Held back later': model({
    status: aStatus({
      cost: {
        ...aStatus().cost,
        held_back_bytes: 11_900_000_000,
        held_back_files: 812,
        largest: [{ path: 'data/raw', bytes: 9_100_000_000, files: 600 }]
      }
    })
  }),
  Untracked: model({
    phase: 'untracked',
    workspace: null,
    status: null,
    runs: null
  }),
  Loading: model({
    phase: 'loading',
    workspace: null,
    status: null,
    runs: null
  })
};

const best = RUNS[7];

export const runDetail = aRunDetail({
  ...best,
  inputs: [
    aFile('data/train.parquet'),
    aFile('data/val.parquet', { size: 58_000 }),
    aFile('/mnt/sets/optdigits.tar', {
      outside: true,
      state: 'fingerprint',
      size: 2_100_000_000
    })
  ],
  outputs: [
    aFile('models/digits-mlp.joblib', { pinned: true, size: 144_000 }),
    aFile(
      'reports/val_predictions-with-a-rather-long-name-that-must-be-cut.parquet',
      { size: 22_000 }
    ),
    aFile('data/scaler.pkl', { state: 'missing', size: null })
  ],
  models: [
    {
      name: 'digits-mlp',
      kind: 'sklearn',
      version: '1.9.0',
      path: 'models/digits-mlp.joblib'
    }
  ],
  labels: [
    { key: 'stage', value: 'tuned' },
    { key: 'sweep', value: 'alpha-nov' }
  ],
  snapshot_detail: {
    id: '3be1c07'.padEnd(64, '0'),
    tree: '',
    parent: null,
    time: '2026-11-21T14:02:11.000000Z',
    message: null,
    reason: 'run',
    files: 214,
    bytes: 38_000_000,
    bytes_new: 166_000,
    unstable: [],
    not_kept: 1,
    duration_s: 0.11,
    runs: [best.id]
  },
  block_text: `[[DOTSCIENCE-RUN:${best.id}]]{\n    "description": "MLP 128-64, alpha 1e-4",\n    "input": ["data/train.parquet"],\n    "version": "1"\n}[[/DOTSCIENCE-RUN:${best.id}]]`
});

export const failedDetail = aRunDetail({
  ...RUNS[5],
  inputs: [aFile('data/train.parquet')],
  outputs: [],
  snapshot: { state: 'failed', id: null, duration_s: null },
  error:
    'ValueError: Solver produced non-finite parameter weights.\nThe input data may contain large values.'
});

/** As many runs as a list has to bear. */
export const hundredThousand = (): WorkspacePanelModel => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const runs = Array.from({ length: 100_000 }, (_, i) => {
    const iso = new Date(start + i * 280_000).toISOString();
    return aRun(i + 1, {
      started: iso,
      recorded: iso,
      ...metric(Number((0.9 + (i % 97) / 1000).toFixed(4)))
    });
  });
  return model({ runs: aStore(runs) });
};
