import fc from 'fast-check';

import type { RunSummary, Value } from '../../protocol';
import { RunList } from '../../runs/list';
import { aRun } from '../../testing/arbitraries';
import { compareToBest, previousBest } from '../best';
import { inReadingOrder, listMetric, metricsToChoose } from '../choice';
import { compare } from '../compare';
import { directionOf, isCost } from '../direction';

const value = (key: string, number: number): Value => ({
  key,
  kind: 'float',
  number,
  text: String(number)
});

function listOf(...metrics: Record<string, number>[]): RunList {
  const [base] = fc.sample(aRun(1, 1), { numRuns: 1, seed: 1 });
  const runs = metrics.map((record, i): RunSummary => ({
    ...base,
    id: `run-${i + 1}`,
    seq: i + 1,
    revision: i + 1,
    state: 'published',
    metrics: Object.entries(record).map(([key, number]) => value(key, number))
  }));
  const feed = {
    format: 1 as const,
    workspace: 'w',
    revision: 1,
    reset: true,
    total: 0,
    blocks: [],
    runs
  };
  return RunList.empty.applied(feed, []);
}

describe('directionOf', () => {
  it.each([
    'loss',
    'val_loss',
    'rmse',
    'test_mse',
    'meanAbsoluteError',
    'error_rate',
    'perplexity',
    'fit_seconds',
    'training-time',
    'accuracy_loss',
    'log_loss',
    'eval/loss',
    'FID'
  ])('%s: lower is better', metric => expect(directionOf(metric)).toBe('min'));

  it.each([
    'accuracy',
    'val_acc',
    'macro_f1',
    'f1',
    'roc_auc',
    'r2',
    'precision@5',
    'mAP',
    'hits@10',
    'top5_accuracy',
    'valAccuracy',
    'neg_mean_squared_error',
    'log_likelihood',
    'BLEU'
  ])('%s: higher is better', metric => expect(directionOf(metric)).toBe('max'));

  it.each([
    'epoch',
    'temperature',
    'n',
    'x',
    '',
    'Größe',
    'constructor',
    '__proto__'
  ])('%j: not known', metric => expect(directionOf(metric)).toBe('unknown'));

  it('takes the word of the user first', () => {
    expect(directionOf('loss', { loss: 'max' })).toBe('max');
    expect(directionOf('loss', { accuracy: 'max' })).toBe('min');
  });

  it('knows what is a cost', () => {
    expect(isCost('fit_seconds')).toBe(true);
    expect(isCost('val_loss')).toBe(false);
  });
});

describe('compare', () => {
  it.each([
    [0.9895, 0.9908, 'max', { kind: 'worse', text: '−0.0013' }],
    [0.0341, 0.0399, 'min', { kind: 'better', text: '−0.0058' }],
    [188.3, 185.2, 'unknown', { kind: 'different', text: '+3.1' }],
    [1, 1, 'max', { kind: 'same' }]
  ] as const)('%d beside %d (%s)', (a, b, direction, expected) => {
    expect(compare(a, b, direction)).toEqual(expected);
  });

  it('says nothing without another number', () => {
    expect(compare(1, null, 'max')).toEqual({ kind: 'none' });
  });

  it('is better one way and worse the other way', () => {
    const number = fc.double({
      noNaN: true,
      noDefaultInfinity: true,
      min: -1e9,
      max: 1e9
    });
    fc.assert(
      fc.property(
        number,
        number,
        fc.constantFrom('max' as const, 'min' as const),
        (a, b, way) => {
          const there = compare(a, b, way).kind;
          const back = compare(b, a, way).kind;
          const opposite = { better: 'worse', worse: 'better', same: 'same' };
          expect(back).toBe(opposite[there as keyof typeof opposite]);
        }
      )
    );
  });
});

describe('best', () => {
  it('is the first of equals, and rows read against it', () => {
    const list = listOf({ acc: 0.9 }, { acc: 0.95 }, { acc: 0.95 });
    const best = list.best('acc', 'max');
    expect(best).toEqual({ seq: 2, value: 0.95 });
    const [third, second, first] = list.slice(0, 3);
    expect(compareToBest(second, 'acc', 'max', best)).toEqual({ kind: 'best' });
    expect(compareToBest(third, 'acc', 'max', best)).toEqual({ kind: 'same' });
    expect(compareToBest(first, 'acc', 'max', best)).toEqual({
      kind: 'worse',
      text: '−0.05'
    });
    expect(compareToBest(first, 'other', 'max', best)).toEqual({
      kind: 'none'
    });
  });

  it('before a run counts only earlier ones', () => {
    const list = listOf({ acc: 0.9 }, { acc: 0.8 }, { acc: 0.99 });
    expect(previousBest(list, 'acc', 'max', { seq: 3 })?.id).toBe('run-1');
    expect(previousBest(list, 'acc', 'max', { seq: 1 })).toBeNull();
  });
});

describe('the metric of the list', () => {
  it('is the usual well-known one; validation before test before training; costs last', () => {
    expect(
      listMetric(
        listOf({ fit_seconds: 1, gap: 2, test_acc: 3, val_acc: 4, acc: 5 }),
        null
      )
    ).toBe('val_acc');
    expect(listMetric(listOf({ fit_seconds: 1, gap: 2 }), null)).toBe('gap');
    expect(listMetric(listOf({ train_acc: 1, acc: 2 }), null)).toBe('acc');
    expect(
      listMetric(listOf({ acc: 1 }, { gap: 1 }, { gap: 1 }, { gap: 1 }), null)
    ).toBe('gap');
    expect(listMetric(listOf({}), null)).toBeNull();
  });

  it('is what the user chose, as long as a run has it', () => {
    const list = listOf({ acc: 1, loss: 2 });
    expect(listMetric(list, 'loss')).toBe('loss');
    expect(listMetric(list, 'gone')).toBe('acc');
  });

  it('can be chosen among all, the most frequent first', () => {
    expect(metricsToChoose(listOf({ b: 1 }, { a: 1, b: 1 }))).toEqual([
      'b',
      'a'
    ]);
  });

  it('comes first where metrics are read', () => {
    const metrics = ['fit_seconds', 'gap', 'loss', 'val_acc'].map(key => ({
      key
    }));
    expect(inReadingOrder(metrics, 'val_acc').map(({ key }) => key)).toEqual([
      'val_acc',
      'loss',
      'gap',
      'fit_seconds'
    ]);
  });
});
