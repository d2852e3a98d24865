import fc from 'fast-check';

import type { RunSummary, Value } from '../../protocol';
import { aRun } from '../../testing/arbitraries';
import { dayKey } from '../../format/times';
import { groupByDay } from '../days';
import { compareParameters } from '../difference';
import { RunList } from '../list';
import { runGlyph, runTitle, snapshotLack } from '../title';

const [base] = fc.sample(aRun(1, 1), { numRuns: 1, seed: 3 });

const feedOf = (runs: RunSummary[]) => ({
  format: 1 as const,
  workspace: 'w',
  revision: 1,
  reset: true,
  total: runs.length,
  blocks: [],
  runs
});

describe('groupByDay', () => {
  it('covers every run once, and each group is of one day', () => {
    const hours = fc.array(fc.nat(40), { maxLength: 60 });
    fc.assert(
      fc.property(
        hours,
        fc.constantFrom(
          'UTC',
          'Pacific/Auckland',
          'Europe/Berlin',
          'Australia/Lord_Howe'
        ),
        (gaps, zone) => {
          let at = Date.parse('2026-03-27T00:00:00Z');
          const runs = gaps.map((gap, i): RunSummary => {
            at += gap * 3_600_000;
            return {
              ...base,
              id: String(i),
              seq: i + 1,
              recorded: new Date(at).toISOString()
            };
          });
          const list = RunList.empty.applied(feedOf(runs), []);
          const groups = groupByDay(list, zone);
          expect(groups.map(({ from }) => from)).toEqual(
            [0, ...groups.map(({ to }) => to)].slice(0, groups.length)
          );
          expect(groups.at(-1)?.to ?? 0).toBe(runs.length);
          for (const { key, from, to } of groups) {
            for (let i = from; i < to; i++) {
              expect(dayKey(list.recordedAt(i), zone)).toBe(key);
            }
          }
        }
      )
    );
  });

  it('ends also where clocks went backwards', () => {
    const days = ['21', '20', '21', '19'].map((day, i): RunSummary => ({
      ...base,
      id: day + i,
      seq: i + 1,
      recorded: `2026-11-${day}T10:00:00Z`
    }));
    const groups = groupByDay(RunList.empty.applied(feedOf(days), []), 'UTC');
    expect(groups.at(-1)?.to).toBe(4);
  });
});

describe('runTitle', () => {
  const named = {
    id: '7f3a9c1e-52d4',
    description: null,
    notebook: null,
    workload: null
  };

  it('is the description, else the file, else the id', () => {
    expect(runTitle({ ...named, description: ' two\n lines ' })).toBe(
      'two lines'
    );
    expect(
      runTitle({ ...named, description: '  ', notebook: 'a/train.ipynb' })
    ).toBe('train.ipynb');
    expect(runTitle({ ...named, workload: 'train.py' })).toBe('train.py');
    expect(runTitle(named)).toBe('7f3a9c1e');
  });
});

describe('runGlyph', () => {
  const fine = {
    state: 'published',
    conflict: false,
    snapshot: { state: 'sealed', id: null, duration_s: null },
    ending: null
  } as const;

  it('has one shape per state', () => {
    expect(runGlyph(fine, true)).toBe('best');
    expect(runGlyph(fine, false)).toBe('published');
    expect(runGlyph({ ...fine, state: 'running' }, false)).toBe('running');
    expect(runGlyph({ ...fine, state: 'failed' }, true)).toBe('failed');
    expect(runGlyph({ ...fine, state: 'interrupted' }, false)).toBe('look');
    const over = { ...fine, state: 'interrupted' } as const;
    expect(runGlyph({ ...over, ending: 'ended' }, false)).toBe('ended');
    expect(runGlyph({ ...over, ending: 'crashed' }, false)).toBe('failed');
    expect(runGlyph({ ...over, ending: 'lost' }, false)).toBe('look');
    expect(runGlyph({ ...fine, conflict: true }, true)).toBe('look');
    expect(
      runGlyph(
        { ...fine, snapshot: { ...fine.snapshot, state: 'failed' } },
        true
      )
    ).toBe('look');
  });
});

describe('compareParameters', () => {
  const value = (
    key: string,
    text: string,
    number: number | null = null
  ): Value => ({ key, kind: 'text', number, text });

  it('tells what was otherwise, what is new, what is gone', () => {
    const { parameters, gone } = compareParameters(
      [
        value('alpha', '1e-4', 1e-4),
        value('lr', '1e-3', 1e-3),
        value('n', '5')
      ],
      [
        value('alpha', '1e-3', 1e-3),
        value('lr', '0.001', 1e-3),
        value('old', 'x')
      ]
    );
    expect(parameters.map(({ before }) => before)).toEqual([
      { kind: 'was', text: '1e-3' },
      { kind: 'same' },
      { kind: 'new' }
    ]);
    expect(gone.map(({ key }) => key)).toEqual(['old']);
  });

  it('finds nothing without another run', () => {
    expect(
      compareParameters([value('a', '1')], null).parameters[0].before
    ).toEqual({ kind: 'same' });
  });
});

describe('snapshotLack', () => {
  const recorded = '2026-11-20T10:00:00.000000Z';
  const at = (seconds: number): number => Date.parse(recorded) + seconds * 1000;
  const lack = (
    state: 'pending' | 'frozen' | 'sealed' | 'failed',
    seconds: number
  ): string | null =>
    snapshotLack(
      { snapshot: { state, id: null, duration_s: null }, recorded },
      at(seconds)
    );

  it('is nothing where the snapshot is sealed, or not yet for long only frozen', () => {
    expect(lack('sealed', 3600)).toBeNull();
    expect(lack('frozen', 3)).toBeNull();
    expect(lack('frozen', 6)).toBe('unsealed');
  });

  it('is what everybody should know else', () => {
    expect(lack('pending', 0)).toBe('pending');
    expect(lack('failed', 0)).toBe('failed');
  });
});
