/** Owns the gallery's panels of what lives: runs that go on, sweeps, sessions, undeclared files. */
import type { RunSummary, Series } from '@dotscience/core';

import type { WorkspacePanelModel } from '../src/panel/props';
import {
  aChange,
  aDraft,
  aLiveRun,
  aRun,
  aSeries,
  aStatus,
  aStore,
  aWorkspace,
  values
} from '../src/testing/builders';
import { store } from './scenes';

const HOSTILE = '<img src=x onerror=alert(1)>\u202e evil '.repeat(3);

const at = (time: string): Partial<RunSummary> => {
  const iso = `2026-11-21T${time}:00.000000Z`;
  return { started: iso, recorded: iso };
};

const learning = (steps: number, top: number): number[] =>
  Array.from(
    { length: steps },
    (_, i) => top - 0.5 * Math.exp(-i / 6) + 0.004 * Math.sin(i * 1.7)
  );

const curve = (steps: number): Series =>
  aSeries('val_accuracy', learning(steps, 0.986));

const live = aLiveRun({
  points: 86,
  last_told: '2026-11-21T14:04:58.000000Z',
  progress: { done: 43, total: 60, label: null, left_s: 53 },
  cell: 'c5'
});

const many = Array.from({ length: 8 }, (_, i) =>
  aLiveRun({
    id: `live-${i}`,
    description: `lr ${(10 ** -(1 + i / 3)).toPrecision(2)}, width ${64 * (i + 1)}`,
    group: i < 6 ? 'lr sweep' : null,
    points: 20,
    last_told: '2026-11-21T14:04:58.000000Z',
    metrics: values({ val_accuracy: (0.94 + i / 300).toFixed(4) }),
    progress: { done: 12 + i, total: 60, label: 'epoch', left_s: 400 + 90 * i }
  })
);

const sweep: RunSummary[] = [
  aRun(1, {
    description: 'Baseline',
    metrics: values({ val_accuracy: 0.951 }),
    ...at('09:10')
  }),
  ...Array.from({ length: 200 }, (_, i) =>
    aRun(i + 2, {
      description: `lr ${(10 ** -(1 + (i % 40) / 10)).toPrecision(2)}, seed ${i % 5}`,
      group: 'lr sweep, seeds 0 to 4',
      metrics: values({
        val_accuracy: (0.9 + ((i * 37) % 90) / 1000).toFixed(4)
      }),
      ...at(`${10 + Math.floor(i / 60)}:${String(i % 60).padStart(2, '0')}`)
    })
  ),
  aRun(202, {
    description: 'MLP 128-64, alpha 1e-4',
    metrics: values({ val_accuracy: 0.9908 }),
    ...at('13:40')
  }),
  aRun(203, {
    description: 'MLP 256, crashed',
    state: 'interrupted',
    ending: 'crashed',
    metrics: [],
    ...at('13:42')
  }),
  aRun(204, {
    description: 'MLP 256, on a spot machine',
    state: 'interrupted',
    ending: 'lost',
    ...at('13:44')
  }),
  aRun(205, {
    description: 'Kernel closed',
    state: 'interrupted',
    ending: 'ended',
    metrics: values({ val_accuracy: 0.97 }),
    ...at('13:46')
  }),
  aRun(206, {
    description: 'lr 1e-2, seed 5',
    group: 'lr sweep, seeds 0 to 4',
    metrics: values({ val_accuracy: 0.9893 }),
    ...at('13:50')
  })
];

const changes = [
  aChange('data/splits.json', {
    kind: 'added',
    size: 3_100,
    claim: 'undeclared',
    by: {
      run: store.slice(4, 5)[0].id,
      title: 'Split raw digits 80/20, seed 42',
      notebook: 'prepare.ipynb',
      how: 'observed',
      time: '2026-11-21T13:18:00.000000Z'
    }
  }),
  aChange('train.ipynb', { size: 1_204_000 }),
  aChange('features.py', { size: 3_100 }),
  aChange('reports/confusion.png', { kind: 'added', size: 41_000 }),
  aChange('models/2026-11/run-03-tuned-on-hog-and-raw-v2.joblib', {
    kind: 'deleted',
    size: 1_200_000
  })
];

const drafts = [
  aDraft('d1'),
  aDraft('d2', {
    notebook: 'plots/confusion.ipynb',
    started: '2026-11-20T17:40:00.000000Z',
    ended: '2026-11-20T18:05:00.000000Z',
    expires: '2026-11-27T18:05:00.000000Z',
    cells: 6,
    writes: 0
  }),
  aDraft('d3', {
    notebook: null,
    ended: '2026-11-21T11:05:00.000000Z',
    expires: '2026-11-28T11:05:00.000000Z',
    cells: 1,
    reads: 0,
    error: 'MemoryError'
  })
];

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
  capture: true,
  drafts: [],
  cellNumber: () => 5,
  ...over
});

const changed = { since: null, total: 5, counted: true, files: changes };

export const livePanels: Record<string, WorkspacePanelModel> = {
  'As drawn': model({
    selected: store.slice(0, 1)[0].id,
    status: aStatus({ running: [live], changes: changed, drafts: 0 }),
    curves: new Map([[live.id, curve(43)]])
  }),
  'Eight running': model({
    runs: aStore(sweep),
    status: aStatus({ running: many, changes: changed }),
    curves: new Map(many.map((run, i) => [run.id, curve(12 + i)]))
  }),
  'Quiet for 2 minutes, sweep unfolded': model({
    runs: aStore(sweep),
    openGroups: ['lr sweep, seeds 0 to 4'],
    status: aStatus({
      running: [
        {
          ...live,
          group: 'lr sweep, seeds 0 to 4',
          last_told: '2026-11-21T14:02:50.000000Z'
        }
      ]
    }),
    curves: new Map([[live.id, curve(20)]])
  }),
  'Sweep folded, endings': model({ runs: aStore(sweep) }),
  Starting: model({
    status: aStatus({
      running: [
        { ...live, metrics: [], points: 0, last_told: null, progress: null }
      ]
    })
  }),
  Sessions: model({ drafts, status: aStatus({ drafts: 3, changes: changed }) }),
  'Sessions ended': model({ drafts: drafts.slice(1) }),
  'Recording off': model({ capture: false, drafts: [] }),
  'First minute, a session': model({
    runs: aStore([]),
    drafts: drafts.slice(0, 1)
  }),
  'First minute, recording off': model({ runs: aStore([]), capture: false }),
  'Hostile names': model({
    runs: aStore([
      aRun(1, { description: HOSTILE, group: HOSTILE, notebook: HOSTILE }),
      aRun(2, {
        description: HOSTILE,
        group: HOSTILE,
        metrics: values({ [HOSTILE]: 1 })
      })
    ]),
    drafts: [aDraft('d', { notebook: HOSTILE })],
    status: aStatus({
      running: [
        aLiveRun({
          description: HOSTILE,
          group: HOSTILE,
          notebook: HOSTILE,
          metrics: values({ [HOSTILE]: HOSTILE }),
          progress: { done: 1, total: 3, label: HOSTILE, left_s: 1e9 }
        })
      ],
      changes: {
        since: null,
        total: 1,
        counted: true,
        files: [
          aChange(HOSTILE, {
            claim: 'undeclared',
            by: {
              run: 'r',
              title: HOSTILE,
              notebook: HOSTILE,
              how: 'during',
              time: '2026-11-21T13:18:00.000000Z'
            }
          })
        ]
      }
    })
  })
};

/** Runs of which every second belongs to a sweep of 200. */
export const manyWithGroups = (
  count: number,
  grouped: boolean
): WorkspacePanelModel => {
  const start = Date.parse('2026-01-01T00:00:00Z');
  const runs = Array.from({ length: count }, (_, i) => {
    const iso = new Date(start + i * 280_000).toISOString();
    return aRun(i + 1, {
      started: iso,
      recorded: iso,
      group: grouped && i % 2 ? `sweep ${Math.floor(i / 400)}` : null,
      metrics: values({
        val_accuracy: Number((0.9 + (i % 97) / 1000).toFixed(4))
      })
    });
  });
  return model({ runs: aStore(runs) });
};
