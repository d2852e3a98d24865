/** Owns the gallery's run pages: full as drawn, going on, resumed, with nothing, with too much. */
import type { Run, Series } from '@dotscience/core';

import type { RunPageModel } from '../src/runpage/props';
import { aFile, aRunDetail, values } from '../src/testing/builders';
import { HOSTILE } from '../src/testing/hostile';
import {
  aLog,
  aMedia,
  anEnvironment,
  anExecution,
  anUndeclared,
  aSeries,
  parts,
  ready,
  someCells,
  withCurves
} from '../src/testing/parts';
import { runDetail, store } from './scenes';

type Ready = Extract<RunPageModel, { phase: 'ready' }>;

export const page = (run: Run, over: Partial<Ready> = {}): Ready => ({
  phase: 'ready',
  run,
  runs: store,
  metric: null,
  directions: {},
  jobs: [],
  ...over
});

// Numbers that look like noise and are the same each time.
const noise = (i: number): number => Math.sin(i * 12.9898) * Math.cos(i * 4.1);

const rising = (end: number, n: number, seed = 0): number[] =>
  Array.from({ length: n }, (_, i) =>
    Number(
      (end - 0.06 * Math.exp(-i / 9) + 0.0012 * noise(i + seed)).toFixed(4)
    )
  );
const falling = (end: number, n: number, seed = 0): number[] =>
  Array.from({ length: n }, (_, i) =>
    Number((end + 0.3 * Math.exp(-i / 8) + 0.004 * noise(i + seed)).toFixed(4))
  );

const accuracy = rising(0.9908, 60);
const own = [
  aSeries('val_accuracy', accuracy),
  aSeries('val_loss', falling(0.0341, 60)),
  aSeries('train_loss', falling(0.006, 60, 7))
];
const before = [aSeries('val_accuracy', rising(0.9896, 60, 31))];

const cells = someCells([
  anExecution(1, 'import dotscience as ds', { duration_s: 0.8 }),
  anExecution(2, 'train = pd.read_parquet(ds.input("data/train.parquet"))', {
    duration_s: 0.4,
    reads: [
      { path: 'data/train.parquet', outside: false },
      { path: 'data/val.parquet', outside: false }
    ]
  }),
  anExecution(3, 'X = X / 16.0', {
    position: null,
    marks: [{ kind: 'gone', names: ['X'], other: 5, lines: null }]
  }),
  anExecution(4, 'scaler = StandardScaler().fit(X)', {
    writes: [{ path: 'data/scaler.pkl', outside: false }]
  }),
  anExecution(5, 'def run_mlp(hidden, alpha, epochs=60):', {
    position: 3,
    marks: [
      { kind: 'out_of_order', names: [], other: 4, lines: null },
      { kind: 'edited', names: [], other: null, lines: 2 }
    ]
  }),
  anExecution(6, 'run_mlp(hidden=(128, 64), alpha=1e-4)', {
    position: 5,
    duration_s: 181.6,
    writes: [{ path: 'models/digits-mlp.joblib', outside: false }]
  }),
  anExecution(7, 'ds.publish()', { position: 6, duration_s: 0.2 })
]);

const LOG = [
  ...Array.from(
    { length: 207 },
    (_, i) => `14:01:${String(i % 60).padStart(2, '0')}.113  epoch ${i % 60}`
  ),
  '14:02:00.113  epoch 57  loss 0.0061  val_loss 0.0343  val_accuracy 0.9908',
  '14:02:03.201  epoch 58  loss 0.0060  val_loss 0.0342  val_accuracy 0.9895',
  '14:02:06.284  epoch 59  loss 0.0058  val_loss 0.0341  val_accuracy 0.9908',
  "14:02:06.911  ConvergenceWarning: Maximum iterations (60) reached and the optimization hasn't converged yet.",
  '14:02:07.004  saved models/digits-mlp.joblib (144 KB)'
];

const environment = anEnvironment({
  packages: Object.fromEntries([
    ['numpy', '2.4.1'],
    ['scikit-learn', '1.9.0'],
    ['digits-tools', '0.3.0'],
    ...Array.from({ length: 145 }, (_, i) => [`package-${i}`, `1.${i}.0`])
  ]),
  origins: {
    'digits-tools': {
      kind: 'git',
      url: 'https://git.example.org/ana/digits-tools',
      commit: 'c14b77e0aa11',
      dirty: true
    }
  },
  git: {
    commit: 'c14b77e0aa11',
    branch: 'main',
    dirty: true,
    diff: '--- a/features.py\n+++ b/features.py\n@@ -1 +1 @@\n-bins = 8\n+bins = 9\n',
    diff_bytes: 71,
    untracked: 3
  },
  machine: {
    os: 'Linux',
    cpu: 'AMD EPYC 7543',
    cores: 16,
    memory_bytes: 64_000_000_000,
    gpus: [{ name: 'NVIDIA A10', memory_bytes: 24_000_000_000 }],
    driver: '560.35',
    cuda: '12.6'
  },
  container: {
    kind: 'docker',
    image: 'ds-lab',
    digest: 'sha256:4f1c09ab'
  },
  seeds: { 'numpy.random.seed': '42', random_state: '42' },
  variables: { CUDA_VISIBLE_DEVICES: '0', OMP_NUM_THREADS: '8' },
  meter: {
    cpu_s: 402,
    cpu_percent: 217,
    peak_rss_bytes: 612_000_000,
    gpu_percent: 41,
    gpu_memory_bytes: 3_100_000_000,
    samples: 92
  },
  compared: {
    to: '22222222-52d4-4b0e-9a61-0c8f27d1b3aa',
    title: 'MLP 128-64, alpha 1e-3',
    time: '2026-11-21T13:51:00.000000Z',
    python: null,
    packages: [
      { name: 'scikit-learn', before: '1.8.2', after: '1.9.0' },
      { name: 'seaborn', before: '0.14.0', after: null },
      { name: 'polars', before: null, after: '2.1.0' }
    ],
    other: [{ name: 'OMP_NUM_THREADS', before: '4', after: '8' }]
  }
});

const full: Run = {
  ...runDetail,
  curves: 3,
  cells: { count: 7, flagged: 2 },
  log: { lines: LOG.length, source: 'stdout' },
  environment: true,
  observed: { reads: 4, writes: 3, lost: false },
  undeclared: [
    anUndeclared('data/splits.json', { cell: 6 }),
    anUndeclared('data/holdout.parquet', { mode: 'r', size: 310_000, cell: 2 })
  ]
};

export const runFull = page(full, {
  parts: parts({
    ...withCurves(own, before),
    cells: ready(cells),
    environment: ready(environment),
    log: ready(aLog(LOG))
  })
});

const system = (key: string, y: (i: number) => number): Series =>
  aSeries(
    `system/${key}`,
    Array.from({ length: 90 }, (_, i) => Math.round(y(i))),
    { seconds: Array.from({ length: 90 }, (_, i) => i * 2) }
  );

export const runEnvironment = page(full, {
  parts: parts({
    heads: ready(own),
    environment: ready(environment),
    curves: ready({
      axis: 'time',
      before: [],
      own: [
        system('cpu_percent', i => 180 + 60 * noise(i)),
        system('memory_bytes', i => 4e8 + 2e6 * i),
        system('gpu0_percent', i => 40 + 12 * noise(i + 9)),
        system('gpu0_memory_bytes', i => (i < 8 ? 1e8 : 3.1e9))
      ]
    })
  })
});

const gapped = accuracy.map((value, i) => (i >= 40 && i <= 52 ? 'NaN' : value));

/** Resumed after a lost machine, with gaps, down-sampled, and still going on. */
export const runLive = page(
  aRunDetail({
    ...full,
    state: 'running',
    description: 'MLP 256-128, alpha 1e-4, resumed',
    metrics: values({ val_accuracy: 0.9882, val_loss: 0.0412 }),
    duration_s: null,
    ended: null,
    overlapping: true,
    block_text: null,
    snapshot: { state: 'pending', id: null, duration_s: null },
    segments: [
      {
        started: '2026-11-21T12:02:46.000000Z',
        first_step: 0,
        last_step: 30
      },
      {
        started: '2026-11-21T14:02:46.000000Z',
        first_step: 26,
        last_step: null
      }
    ]
  }),
  {
    parts: parts({
      ...withCurves(
        [
          aSeries('val_accuracy', gapped, { count: 83_210, sampled: true }),
          aSeries('val_loss', falling(0.0412, 60, 3), { overlaps: [[26, 30]] })
        ],
        before
      ),
      cells: ready(
        someCells([
          anExecution(1, 'import dotscience as ds', { duration_s: 0.8 }),
          anExecution(2, 'fit(hidden=(256, 128))', { duration_s: null })
        ])
      ),
      log: ready(aLog(LOG.slice(0, 40)))
    })
  }
);

export const runEmpty = page(
  aRunDetail({
    id: 'eeeeeeee-52d4-4b0e-9a61-0c8f27d1b3aa',
    description: null,
    notebook: null,
    workload: 'train.py',
    block_text: null,
    context: null,
    snapshot: { state: 'pending', id: null, duration_s: null }
  })
);

const MANY = Array.from(
  { length: 500 },
  (_, i) =>
    `${['train', 'val', 'test', 'layer'][i % 4]}_${['loss', 'accuracy', 'norm', 'grad'][(i >> 2) % 4]}/${i >> 4}`
);

export const runMany = page(
  aRunDetail({
    ...full,
    metrics: MANY.map((key, i) => ({
      key,
      kind: 'float' as const,
      number: i / 500,
      text: String(i / 500)
    })),
    curves: 500
  }),
  {
    parts: parts(
      withCurves(MANY.map((key, i) => aSeries(key, falling(0.1, 60, i))))
    )
  }
);

export const runMedia = page(
  aRunDetail({
    ...full,
    media: [
      ...Array.from({ length: 6 }, (_, i) =>
        aMedia(i, { key: 'confusion', caption: 'validation' })
      ),
      aMedia(6, { key: 'samples', kind: 'figure', size: 8_400_000 }),
      aMedia(7, {
        key: 'errors',
        kind: 'table',
        mime: 'text/csv',
        shape: [1_204, 4]
      }),
      aMedia(8, { key: 'notes', kind: 'text', mime: 'text/plain' }),
      aMedia(9, { key: 'report', kind: 'html', mime: 'text/html' })
    ]
  }),
  { parts: parts({ log: ready(aLog(LOG)) }) }
);

export const runHostile = page(
  aRunDetail({
    ...full,
    description: HOSTILE,
    labels: [{ key: HOSTILE, value: HOSTILE }],
    metrics: values({ [HOSTILE]: 0.5, accuracy: 0.1 }),
    inputs: [aFile(HOSTILE)],
    undeclared: [anUndeclared(HOSTILE)],
    media: [aMedia(0, { key: HOSTILE, kind: 'html', mime: 'text/html' })]
  }),
  {
    parts: parts({
      ...withCurves([aSeries(HOSTILE, accuracy)]),
      cells: ready(someCells([anExecution(1, HOSTILE, { cell: HOSTILE })])),
      log: ready(aLog([HOSTILE, 'x'.repeat(100_000)])),
      environment: ready(anEnvironment({ packages: { [HOSTILE]: HOSTILE } }))
    })
  }
);
