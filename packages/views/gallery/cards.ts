/** Owns the gallery's run cards: one run, a sweep of fifty, one that no workspace knows. */
import type { CardRun, RunCardData } from '../src/card/props';
import { aLiveRun, aRun, aStore, values } from '../src/testing/builders';
import { aSeries } from '../src/testing/parts';
import { store } from './scenes';

const best = store.slice(0, 1)[0];

const card = (over: Partial<CardRun>): CardRun => ({
  id: best.id,
  description: best.description,
  error: null,
  started: '2026-11-21T13:59:06.123456Z',
  ended: '2026-11-21T14:02:11.123456Z',
  parameters: best.parameters.map(({ key, text }) => [key, text] as const),
  metrics: best.metrics.map(({ key, text }) => [key, text] as const),
  labels: [['artefact:tensorflow-model:digits-mlp', '{}']],
  inputs: ['data/train.parquet', 'data/val.parquet'],
  outputs: ['models/digits-mlp.joblib', 'reports/val.parquet'],
  ...over
});

export const one: RunCardData = { runs: [card({})], total: 1 };

export const oneStore = aStore([
  ...store.slice(1, 20),
  { ...best, curves: 1, revision: best.revision + 1 }
]);

export const curve = aSeries(
  'val_accuracy',
  Array.from({ length: 60 }, (_, i) =>
    Number((0.9908 - 0.06 * Math.exp(-i / 9)).toFixed(4))
  )
);

export const live = aLiveRun({
  metrics: values({ val_accuracy: 0.9882, val_loss: 0.0412 }),
  points: 86,
  last_told: '2026-11-21T14:04:58.000000Z',
  progress: { done: 43, total: 60, label: 'epoch', left_s: 53 }
});

export const bare: RunCardData = {
  total: 1,
  runs: [
    card({
      id: 'ffffffff-52d4-4b0e-9a61-0c8f27d1b3aa',
      description: null,
      error: 'Out of memory',
      metrics: [['accuracy', '0.9722222222222222']],
      parameters: [['note', '<img src=x onerror=alert(1)>']]
    })
  ]
};

const sweep = Array.from({ length: 50 }, (_, i) => {
  const alpha = (10 ** -(i / 10)).toPrecision(3);
  const val_accuracy = Number((0.99 - Math.abs(i - 31) / 900).toFixed(6));
  return aRun(i + 1, {
    group: 'alpha-nov',
    curves: 1,
    description: `alpha ${alpha}`,
    parameters: values({ alpha, seed: 42 }),
    metrics: values({
      val_accuracy,
      val_loss: Number((0.03 + Math.abs(i - 31) / 500).toFixed(4))
    })
  });
});

export const manyStore = aStore(sweep);

export const many: RunCardData = {
  total: 50,
  runs: [...sweep.slice(0, 10), ...sweep.slice(40)].map(run =>
    card({
      id: run.id,
      description: run.description,
      parameters: run.parameters.map(({ key, text }) => [key, text] as const),
      metrics: run.metrics.map(({ key, text }) => [key, text] as const)
    })
  )
};

export const curves = new Map(
  [best.id, sweep[31].id].map(id => [id, curve] as const)
);
