/** What the gallery shows of a file's versions: the list, previews, acts, in their states. */
import React from 'react';

import { Versions, type VersionsModel } from '../src';
import { STILL } from '../src/testing/builders';
import { aJob } from '../src/testing/builders';
import {
  aResult,
  aVersion,
  aVersionRun,
  anAct,
  anError,
  someVersions
} from '../src/testing/versions';

const nothing = (): void => undefined;

const CSV = `id,label,guess,confidence,note\n${Array.from(
  { length: 60 },
  (_, i) =>
    `${i},${i % 10},${(i * 7) % 10},0.${50 + (i % 49)},"pixels, row ${i}"`
).join('\n')}\n`;

const CODE = `import dotscience as ds\n\ndef run_mlp(hidden, alpha, epochs=60):\n    """Trains once."""\n    ds.start(f"MLP {hidden}")\n    for epoch in ds.steps(range(epochs)):\n        ds.metric("loss", 1 / (epoch + 1))\n    ds.publish()\n`;

const DIFF =
  '@@ -1,5 +1,6 @@\n import dotscience as ds\n \n-def run_mlp(hidden, alpha, epochs=60):\n+def run_mlp(hidden, alpha, epochs=120, seed=42):\n     """Trains once."""\n+    set_seed(seed)\n     ds.start(f"MLP {hidden}")\n';

const NOTEBOOK = JSON.stringify({
  nbformat: 4,
  cells: [
    { cell_type: 'markdown', source: '# Digits\nTrain a small network.' },
    {
      cell_type: 'code',
      source: CODE,
      execution_count: 3,
      outputs: [
        { output_type: 'stream', name: 'stdout', text: 'epoch 1 loss 0.5\n' },
        { output_type: 'display_data', data: { 'text/html': '<b>x</b>' } },
        {
          output_type: 'error',
          ename: 'ValueError',
          evalue: 'x',
          traceback: ['ValueError: hidden must not be empty']
        }
      ]
    }
  ]
});

const CONTENT: Record<string, string> = {
  csv: CSV,
  py: CODE,
  ipynb: NOTEBOOK,
  joblib: '\u0000\u0001sklearn\u0000model'
};

const VERSIONS = [
  aVersion(0, {
    size: 2_100,
    runs: [
      aVersionRun({ role: 'output', title: 'Split raw digits 80/20, seed 42' }),
      aVersionRun({ run: 'b', role: 'input' }),
      aVersionRun({
        run: 'c',
        role: 'read',
        title: 'MLP 512-256-128, lr 0.05, batch 16 with a title that is long'
      }),
      aVersionRun({ run: 'd', role: 'present', title: 'SVC rbf' })
    ],
    run_count: 31
  }),
  aVersion(1, {
    size: 1_900,
    runs: [aVersionRun({ role: 'input', title: 'HOG features' })],
    run_count: 4
  }),
  aVersion(2, { runs: [], run_count: 0, ref: '@2222222' }),
  aVersion(3, { state: 'thinned', content: null, size: 1_200_000_000 }),
  aVersion(4, { state: 'fingerprint', content: null })
];

const changed = { size: 2_200, mtime_ns: '1795269840000000000', version: null };

const ready = (
  path: string,
  over: Partial<Extract<VersionsModel, { phase: 'ready' }>> = {}
): VersionsModel => ({
  phase: 'ready',
  path,
  versions: someVersions(VERSIONS, { path }),
  chosen: VERSIONS[1].ref,
  acts: [],
  ...over
});

const LONG = `${'experiments/2026/november/'.repeat(3)}predictions-of-the-tuned-network-on-the-whole-validation-set-v2-final.csv`;

export const versionModels: Record<string, VersionsModel> = {
  csv: ready('data/train.csv'),
  code: ready('src/features.py', {
    versions: someVersions(VERSIONS, { path: 'src/features.py', now: changed })
  }),
  notebook: ready('train.ipynb'),
  bytes: ready('models/digits.joblib'),
  lost: ready(LONG, { chosen: VERSIONS[3].ref }),
  acts: ready('data/train.csv', {
    acts: [
      anAct({
        id: '1',
        state: {
          kind: 'going',
          job: aJob({ kind: 'restore', done: 3, total: 9 })
        }
      }),
      anAct({
        id: '2',
        state: {
          kind: 'done',
          result: aResult({ unchanged: 2, restored: 3 })
        },
        paths: ['a', 'b']
      }),
      anAct({ id: '3', state: { kind: 'failed', error: anError() } }),
      anAct({
        id: '4',
        kind: 'branch',
        name: 'wider-layers',
        undoes: null,
        state: {
          kind: 'done',
          result: aResult({
            path: '/home/ana/work/digits-wider-layers',
            api_path: 'digits-wider-layers'
          })
        }
      })
    ]
  }),
  many: ready('data/train.csv', {
    versions: someVersions(
      Array.from({ length: 500 }, (_, n) => aVersion(n)),
      { cut: true }
    ),
    chosen: null
  }),
  none: ready('notes.txt', { versions: someVersions([], { now: changed }) }),
  error: { phase: 'error', path: 'data/train.csv', error: anError() },
  loading: { phase: 'loading', path: 'data/train.csv' },
  nothing: { phase: 'nothing' }
};

export function VersionsScene(props: {
  readonly name: string;
  readonly width?: number;
  readonly height?: number;
}): JSX.Element {
  const model = versionModels[props.name];
  const path = 'path' in model ? String(model.path) : '';
  const bytes = new TextEncoder().encode(
    CONTENT[path.split('.').at(-1) ?? ''] ?? CSV
  );
  return (
    <div style={{ width: props.width, height: props.height ?? 760 }}>
      <Versions
        model={model}
        callbacks={{
          choose: nothing,
          openRun: nothing,
          retry: nothing,
          read: async (_, start, end) => bytes.slice(start, end),
          difference: async () => ({
            path,
            state: 'text',
            diff: DIFF,
            added: 2,
            removed: 1
          }),
          bringBack: nothing,
          branch: nothing,
          download: nothing,
          saveSnapshot: nothing,
          cancelAct: nothing,
          undoAct: nothing,
          retryAct: nothing,
          dismissAct: nothing,
          showFolder: nothing,
          copyText: nothing
        }}
        clock={STILL}
      />
    </div>
  );
}
