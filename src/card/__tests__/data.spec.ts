import fc from 'fast-check';

import { readCard } from '../data';

const run = {
  id: '7f3a',
  description: 'MLP',
  error: null,
  started: null,
  ended: null,
  parameters: [['alpha', '1e-4']],
  metrics: [['accuracy', '0.99']],
  labels: [],
  inputs: ['data.csv'],
  outputs: []
};

describe('readCard', () => {
  it('reads what the library writes', () => {
    expect(readCard({ format: 1, runs: [run], total: 1 })).toEqual({
      runs: [run],
      total: 1
    });
  });

  it('counts runs that are not in it', () => {
    expect(readCard({ format: 1, runs: [run], total: 50 })?.total).toBe(50);
  });

  it('refuses a newer format', () => {
    expect(readCard({ format: 2, runs: [run], total: 1 })).toBeNull();
  });

  it('leaves out what has not its type', () => {
    const odd = {
      ...run,
      metrics: [['a', 1], 'b', ['c', 'd']],
      inputs: [null, 'x']
    };
    const read = readCard({ format: 1, runs: [odd, 7, {}], total: 'many' });
    expect(read?.runs).toEqual([
      { ...run, metrics: [['c', 'd']], inputs: ['x'] }
    ]);
    expect(read?.total).toBe(1);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (runs, total) => {
        readCard(runs);
        readCard({ format: 1, runs, total });
        readCard({ format: 1, runs: [runs], total });
      })
    );
  });
});
