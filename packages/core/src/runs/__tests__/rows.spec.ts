import fc from 'fast-check';

import type { Feed, RunSummary } from '../../protocol';
import { encodeBlock } from '../../testing/encode';
import { RunList } from '../list';
import { RunRows, type ListRow } from '../rows';

const NAMES = ['sweep', '__proto__', 'b', 'c'];

function run(seq: number, group: string | null, acc = seq): RunSummary {
  const recorded = new Date(Date.UTC(2026, 10, 1) + seq * 3_600_000);
  return {
    id: `run-${seq}`,
    revision: seq,
    seq,
    state: seq % 7 === 3 ? 'failed' : 'published',
    description: null,
    error: null,
    started: null,
    ended: null,
    duration_s: null,
    recorded: recorded.toISOString(),
    notebook: null,
    workload: null,
    parameters: [],
    metrics: [{ key: 'acc', kind: 'int', number: acc, text: String(acc) }],
    labels: [],
    models: [],
    inputs: 0,
    outputs: 0,
    snapshot: { state: 'sealed', id: null, duration_s: null },
    conflict: false,
    ending: null,
    group,
    curves: 0,
    stopped_at: null,
    stopped_of: null,
    repeats: null
  };
}

const feed = (runs: readonly RunSummary[]): Feed => ({
  format: 1,
  workspace: 'w',
  revision: 10_000,
  reset: false,
  total: 0,
  blocks: [],
  runs: [...runs]
});

/** The first `blocked` runs come as a block, the rest one by one. */
function listOf(runs: readonly RunSummary[], blocked: number): RunList {
  const list = RunList.empty.applied(feed([]), [
    encodeBlock(0, 5_000, runs.slice(0, blocked))
  ]);
  return list.applied(feed(runs.slice(blocked)), []);
}

const lists = fc
  .tuple(
    fc.array(fc.option(fc.constantFrom(...NAMES)), { maxLength: 40 }),
    fc.nat(40)
  )
  .map(([groups, blocked]) => {
    const runs = groups.map((group, i) => run(i + 1, group));
    return { runs, list: listOf(runs, Math.min(blocked, runs.length)) };
  });

const open = fc.subarray(NAMES);

/** What rows are, said the slow way. */
function expected(
  runs: readonly RunSummary[],
  isOpen: readonly string[]
): string[] {
  const newest = [...runs].reverse();
  const members = (name: string | null): RunSummary[] =>
    name === null ? [] : newest.filter(({ group }) => group === name);
  return newest.flatMap(one => {
    const group = members(one.group);
    if (group.length < 2) {
      return [one.id];
    }
    const name = one.group ?? '';
    if (group[0] !== one) {
      return [];
    }
    const below = isOpen.includes(name) ? group.map(({ id }) => `- ${id}`) : [];
    return [`group ${name}`, ...below];
  });
}

function said(list: RunList, row: ListRow | null): string {
  if (row?.kind === 'run') {
    const [{ id }] = list.slice(row.position, row.position + 1);
    return row.group ? `- ${id}` : id;
  }
  return row ? `group ${row.group.name}` : 'none';
}

describe('RunRows', () => {
  it('puts each group at its newest run, its runs below it when unfolded', () => {
    fc.assert(
      fc.property(lists, open, ({ runs, list }, names) => {
        const rows = new RunRows(list, name => names.includes(name));
        const all = Array.from({ length: rows.count }, (_, i) => rows.at(i));
        expect(all.map(row => said(list, row))).toEqual(expected(runs, names));
        expect(rows.at(-1)).toBeNull();
        expect(rows.at(rows.count)).toBeNull();
      })
    );
  });

  it('finds the row of a run and of a group', () => {
    fc.assert(
      fc.property(lists, open, ({ list }, names) => {
        const rows = new RunRows(list, name => names.includes(name));
        for (let position = 0; position < list.count; position++) {
          const row = rows.at(rows.rowOf(position));
          const name = list.groupAt(position);
          const folded = row?.kind === 'group' && row.group.name === name;
          expect(
            folded || (row?.kind === 'run' && row.position === position)
          ).toBe(true);
        }
        for (const name of NAMES) {
          const row = rows.at(rows.rowOfGroup(name));
          const group = list.groups().get(name);
          const shown = row?.kind === 'group' && row.group === group;
          expect(shown).toBe((group?.positions.length ?? 0) > 1);
        }
      })
    );
  });

  it('cuts days between rows, an unfolded group whole in the day of its newest run', () => {
    fc.assert(
      fc.property(lists, open, ({ list }, names) => {
        const rows = new RunRows(list, name => names.includes(name));
        const days = rows.days('UTC');
        expect(days.map(({ from }) => from)).toEqual([
          ...(days.length > 0 ? [0] : []),
          ...days.slice(0, -1).map(({ to }) => to)
        ]);
        expect(days.at(-1)?.to ?? 0).toBe(rows.count);
        for (const day of days) {
          const first = rows.at(day.from);
          expect(first?.kind === 'run' ? first.group : null).toBeNull();
        }
      })
    );
  });
});

describe('RunList', () => {
  it('knows the best of a group', () => {
    const groups = ['a', 'a', null, 'a', 'b'];
    const runs = groups.map((group, i) =>
      run(i + 1, group, [5, 9, 99, 7, 1][i])
    );
    for (const blocked of [0, 3, 5]) {
      const list = listOf(runs, blocked);
      // Run 3 has failed besides.
      expect(list.bestIn('a', 'acc', 'max')).toEqual({ seq: 2, value: 9 });
      expect(list.bestIn('a', 'acc', 'min')).toEqual({ seq: 1, value: 5 });
      expect(list.bestIn('a', 'acc', 'unknown')).toBeNull();
      expect(list.bestIn('z', 'acc', 'max')).toBeNull();
    }
  });

  it('counts the published runs that have a number under a metric', () => {
    const runs = [1, 2, 3, 4, 5].map(seq => run(seq, null, seq));
    for (const blocked of [0, 3, 5]) {
      const list = listOf(runs, blocked);
      // Run 3 has failed.
      expect(list.countWith('acc')).toBe(4);
      expect(list.countWith('acc')).toBe(4);
      expect(list.countWith('else')).toBe(0);
    }
  });

  it('leaves out what came after a run, and still hears of what came before', () => {
    fc.assert(
      fc.property(
        lists,
        fc.integer({ min: 1, max: 40 }),
        ({ runs, list }, seq) => {
          const cut = list.upTo(seq);
          const left = runs.filter(run => run.seq <= seq);
          expect(cut.slice(0, cut.count)).toEqual([...left].reverse());
          expect(cut.newest).toBe(left.length);
          expect(cut.best('acc', 'max')).toEqual(
            listOf(left, 0).best('acc', 'max')
          );
          expect(cut.get(`run-${seq + 1}`)).toBeNull();
          expect(cut.bySeq(seq + 1)).toBeNull();
          const [first] = left;
          if (first) {
            const changed = { ...first, revision: 10_001, description: 'new' };
            const after = list.applied(feed([changed]), []).upTo(seq);
            expect(after.bySeq(1)?.description).toBe('new');
          }
        }
      )
    );
  });
});
