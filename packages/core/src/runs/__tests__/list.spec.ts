import fc from 'fast-check';

import type { ColumnBlock, Feed, RunSummary } from '../../protocol';
import { histories } from '../../testing/arbitraries';
import { encodeBlock } from '../../testing/encode';
import { BLOCK_SIZE } from '../block';
import { BlockError } from '../columns';
import { RunList } from '../list';
import { RunStore } from '../store';

function feed(runs: readonly RunSummary[], over: Partial<Feed> = {}): Feed {
  return {
    format: 1,
    workspace: 'w',
    revision: Math.max(0, ...runs.map(run => run.revision)),
    reset: false,
    total: 0,
    blocks: [],
    runs: [...runs],
    ...over
  };
}

const all = (list: RunList): RunSummary[] => list.slice(0, list.count);

/** The last state of each run, newest first: what a list must show. */
function latest(states: readonly RunSummary[]): RunSummary[] {
  const bySeq = new Map<number, RunSummary>();
  for (const run of states) {
    if (run.revision > (bySeq.get(run.seq)?.revision ?? -1)) {
      bySeq.set(run.seq, run);
    }
  }
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq);
}

describe('RunList', () => {
  it('is the same however deltas are split and ordered', () => {
    fc.assert(
      fc.property(
        histories.chain(states =>
          fc.tuple(
            fc.constant(states),
            fc.shuffledSubarray(states, { minLength: states.length }),
            fc.array(fc.nat(states.length), { maxLength: 4 })
          )
        ),
        ([states, shuffled, cuts]) => {
          const at = [0, ...cuts.sort((a, b) => a - b), shuffled.length];
          const parts = at.slice(1).map((end, i) => shuffled.slice(at[i], end));
          const list = parts.reduce(
            (before, part) => before.applied(feed(part), []),
            RunList.empty
          );
          expect(all(list)).toEqual(latest(states));
          expect(list.count).toBe(latest(states).length);
        }
      )
    );
  });

  it('reads blocks and later deltas as the same runs in rows', () => {
    fc.assert(
      fc.property(histories, fc.boolean(), (states, rowsFirst) => {
        const firsts = latest(
          states.filter(run => run.revision < 200)
        ).reverse();
        const later = states.filter(run => run.revision >= 200);
        const block = encodeBlock(0, 200, firsts);
        const asBlock = (list: RunList): RunList =>
          list.applied(feed([]), [block]);
        const asRows = (list: RunList): RunList =>
          list.applied(feed(later), []);
        const list = rowsFirst
          ? asBlock(asRows(RunList.empty))
          : asRows(asBlock(RunList.empty));
        expect(all(list)).toEqual(latest(states));
      })
    );
  });

  it('finds each run by id, seq and position', () => {
    fc.assert(
      fc.property(histories, states => {
        const firsts = latest(states).reverse();
        const list = RunList.empty.applied(feed([]), [
          encodeBlock(0, 1, firsts)
        ]);
        latest(states).forEach((run, position) => {
          expect(list.get(run.id)).toEqual(run);
          expect(list.bySeq(run.seq)).toEqual(run);
          expect(list.indexOf(run.id)).toBe(position);
          expect(list.recordedAt(position)).toBe(run.recorded);
        });
        expect(list.get('none')).toBeNull();
        expect(list.indexOf('none')).toBe(-1);
      })
    );
  });

  it('has the best published run that a scan finds, also before any run', () => {
    fc.assert(
      fc.property(
        histories,
        fc.boolean(),
        fc.nat(9),
        (states, encoded, before) => {
          const runs = latest(states).reverse();
          const list = encoded
            ? RunList.empty.applied(feed([]), [encodeBlock(0, 1, runs)])
            : RunList.empty.applied(feed(runs), []);
          for (const direction of ['max', 'min'] as const) {
            const found = list.best('loss', direction, before);
            expect(found).toEqual(scan(runs, 'loss', direction, before));
          }
          expect(list.best('loss', 'unknown')).toBeNull();
        }
      )
    );
  });

  it('starts over at a reset', () => {
    fc.assert(
      fc.property(histories, histories, (old, states) => {
        const before = RunList.empty.applied(feed(old), []);
        const after = before.applied(feed(states, { reset: true }), []);
        expect(all(after)).toEqual(latest(states));
        expect(all(before)).toEqual(latest(old));
      })
    );
  });

  it.each<[string, (block: ColumnBlock) => ColumnBlock]>([
    ['too few values', block => ({ ...block, count: block.count + 1 })],
    ['no id column', block => ({ ...block, columns: block.columns.slice(1) })],
    ['an impossible count', block => ({ ...block, count: BLOCK_SIZE + 1 })],
    [
      'broken base64',
      block => ({
        ...block,
        columns: [
          { ...block.columns[0], data: 'abc' },
          ...block.columns.slice(1)
        ]
      })
    ],
    [
      'no dictionary',
      block => ({
        ...block,
        columns: [
          { ...block.columns[0], dictionary: undefined },
          ...block.columns.slice(1)
        ]
      })
    ]
  ])('refuses a block with %s and stays as it was', (_, spoil) => {
    const [runs] = fc.sample(histories, { numRuns: 1, seed: 7 });
    const store = new RunStore();
    store.apply(feed(runs), []);
    const before = store.getSnapshot();
    const broken = spoil(encodeBlock(0, 999, latest(runs).reverse()));
    expect(() => store.apply(feed([]), [broken])).toThrow(BlockError);
    expect(store.getSnapshot()).toBe(before);
  });
});

describe('RunStore', () => {
  it('gives the same snapshot until something is applied, then tells', () => {
    const store = new RunStore();
    const told = jest.fn();
    const stop = store.subscribe(told);
    expect(store.getSnapshot()).toBe(store.getSnapshot());
    const [runs] = fc.sample(histories, 1);
    store.apply(feed(runs), []);
    expect(told).toHaveBeenCalledTimes(1);
    expect(store.revision).toBe(feed(runs).revision);
    stop();
    store.apply(feed(runs), []);
    expect(told).toHaveBeenCalledTimes(1);
  });
});

function scan(
  runs: readonly RunSummary[],
  metric: string,
  direction: 'max' | 'min',
  before: number
): { seq: number; value: number } | null {
  let best: { seq: number; value: number } | null = null;
  for (const { seq, state, metrics } of runs) {
    const number = metrics.find(({ key }) => key === metric)?.number;
    const counts =
      typeof number === 'number' && state === 'published' && seq < before;
    if (
      counts &&
      (!best ||
        (direction === 'max' ? number > best.value : number < best.value))
    ) {
      best = { seq, value: number };
    }
  }
  return best;
}
