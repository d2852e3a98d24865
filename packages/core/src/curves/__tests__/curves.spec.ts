import fc from 'fast-check';

import type { Series } from '../../protocol';
import { bestPoint } from '../best';
import { gapsOf } from '../gaps';
import { chartGroups } from '../groups';
import { aligned, lineOf } from '../points';
import { smoothed } from '../smooth';

const series = (
  steps: number[],
  values: (number | string | null)[],
  over: Partial<Series> = {}
): Series => ({
  key: 'loss',
  count: steps.length,
  sampled: false,
  steps,
  seconds: steps.map(step => step / 10),
  values,
  min: null,
  max: null,
  last: null,
  last_text: null,
  last_time: null,
  overlaps: [],
  ...over
});

const value = fc.option(fc.double({ noNaN: true, min: -1e6, max: 1e6 }));

describe('a line', () => {
  it('has gaps where a value is no number, and the last of points at one x', () => {
    const told = series([3, 1, 2, 2], ['NaN', 5, 6, 7]);
    expect(lineOf(told, 'step')).toEqual({ x: [1, 2, 3], y: [5, 7, null] });
    expect(lineOf(told, 'time').x).toEqual([0.1, 0.2, 0.3]);
  });

  it('rises strictly and holds only what was told, whatever the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), value)),
        points => {
          const { x, y } = lineOf(
            series(
              points.map(([step]) => step),
              points.map(([, told]) => told)
            ),
            'step'
          );
          expect(x.every((at, i) => i === 0 || at > x[i - 1])).toBe(true);
          expect(new Set(x)).toEqual(new Set(points.map(([step]) => step)));
          x.forEach((at, i) => {
            const told = points.filter(([step]) => step === at);
            expect(y[i]).toBe(told[told.length - 1][1]);
          });
        }
      )
    );
  });

  it('stands beside others over one axis', () => {
    expect(
      aligned([
        { x: [1, 3], y: [10, null] },
        { x: [2, 3], y: [20, 30] }
      ])
    ).toEqual([
      [1, 2, 3],
      [10, undefined, null],
      [undefined, 20, 30]
    ]);
  });
});

describe('smoothing', () => {
  it('of nothing gives the values', () => {
    expect(smoothed([1, null, 3], 0)).toEqual([1, null, 3]);
  });

  it('begins at the first value and keeps gaps', () => {
    expect(smoothed([4, null, 4], 0.9)).toEqual([
      expect.closeTo(4),
      null,
      expect.closeTo(4)
    ]);
  });

  it('stays between the least and the greatest value so far', () => {
    fc.assert(
      fc.property(
        fc.array(value),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (values, weight) => {
          const result = smoothed(values, weight);
          const told: number[] = [];
          result.forEach((y, i) => {
            const raw = values[i];
            if (raw === null) {
              expect(y).toBeNull();
              return;
            }
            told.push(raw);
            const slack = 1e-6 * Math.max(1, ...told.map(Math.abs));
            expect(y).toBeGreaterThanOrEqual(Math.min(...told) - slack);
            expect(y).toBeLessThanOrEqual(Math.max(...told) + slack);
          });
        }
      )
    );
  });
});

describe('gaps', () => {
  it('are the spans without a value', () => {
    const told = series([1, 2, 3, 4, 5], [1, 'NaN', 'Infinity', 4, null]);
    expect(gapsOf(told)).toEqual([
      { from: 2, to: 3 },
      { from: 5, to: 5 }
    ]);
  });

  it('reach to the next value where points were left out', () => {
    const told = series([1, 40, 53], [1, 'NaN', 2], { sampled: true });
    expect(gapsOf(told)).toEqual([{ from: 40, to: 52 }]);
  });
});

describe('the best point', () => {
  const line = { x: [0, 1, 2, 3], y: [1, null, 3, 3] };
  it.each([
    ['max', { x: 2, y: 3 }],
    ['min', { x: 0, y: 1 }],
    ['unknown', null]
  ] as const)('%s', (direction, best) => {
    expect(bestPoint(line, direction)).toEqual(best);
  });
});

describe('charts', () => {
  const titles = (...keys: string[]): string[] =>
    chartGroups(keys).map(
      ({ title, members }) =>
        `${title}: ${members.map(({ name }) => name).join(' ')}`
    );

  it.each([
    [['val_accuracy'], ['val_accuracy: val_accuracy']],
    [
      ['train_loss', 'lr', 'val_loss'],
      ['loss: val train', 'lr: lr']
    ],
    [['loss', 'val/loss'], ['loss: val loss']],
    [['acc.train', 'acc.test'], ['acc: test train']],
    [
      ['val_loss', 'val/loss'],
      ['val_loss: val_loss', 'val/loss: val/loss']
    ],
    [
      ['__proto__', ''],
      ['__proto__: __proto__', ': ']
    ]
  ])('%j', (keys, expected) => {
    expect(titles(...keys)).toEqual(expected);
  });

  it('show every metric once', () => {
    const word = fc.constantFrom('val', 'train', 'loss', 'acc', 'x', '');
    const name = fc
      .tuple(word, fc.constantFrom('_', '/', ''), word)
      .map(parts => parts.join(''));
    fc.assert(
      fc.property(fc.uniqueArray(name), keys => {
        const shown = chartGroups(keys).flatMap(({ members }) =>
          members.map(({ key }) => key)
        );
        expect([...shown].sort()).toEqual([...keys].sort());
      })
    );
  });
});
