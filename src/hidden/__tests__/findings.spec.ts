import type { CellMark, CellsAnswer, Execution } from '@dotscience/core';
import { ENGLISH } from '@dotscience/views';

import { editedFinding, findingsOf, ranIn } from '../findings';

const execution = (
  n: number,
  cell: string | null,
  marks: CellMark[] = []
): Execution => ({
  n,
  cell,
  position: n,
  hash: 'h',
  line: '',
  lines: 1,
  started: null,
  duration_s: null,
  count: n + 10,
  error: null,
  reads: [],
  writes: [],
  runs: [],
  marks
});

const mark = (
  kind: CellMark['kind'],
  over: Partial<CellMark> = {}
): CellMark => ({
  kind,
  names: ['x'],
  other: null,
  lines: null,
  ...over
});

const answer = (executions: Execution[]): CellsAnswer => ({
  format: 1,
  run: null,
  notebook: 'a.ipynb',
  saved: null,
  executions,
  earlier: 0,
  cells: executions.length,
  flagged: 0
});

describe('findings', () => {
  it.each([
    ['edited', { lines: 2 }, 'Edited after it ran: 2 lines differ.'],
    ['edited', {}, 'Edited after it ran.'],
    [
      'gone',
      { other: 1 },
      'Uses x from a cell that is not in the notebook any more.'
    ],
    [
      'stale_source',
      { other: 1 },
      'Uses x from cell [11], which was edited and not run again.'
    ],
    [
      'stale_value',
      { other: 1 },
      'Uses x from before cell [11] ran again with other code.'
    ],
    [
      'out_of_order',
      { other: 1 },
      'Uses x from cell [11], which stands below.'
    ],
    [
      'out_of_order',
      { other: 99 },
      'Uses x from another cell, which stands below.'
    ],
    [
      'rerun_self',
      { names: ['a', 'b', 'c', 'd'] },
      'Ran again on its own result: a, b, c and 1 more.'
    ]
  ] as const)('%s %j', (kind, over, sentence) => {
    const found = findingsOf(
      answer([
        execution(1, 'one'),
        execution(2, 'two', [mark(kind, over as Partial<CellMark>)])
      ]),
      ENGLISH
    );
    expect([...found.keys()]).toEqual(['two']);
    expect(found.get('two')?.[0].sentence).toBe(sentence);
  });

  it('are those of the last execution of a cell', () => {
    const found = findingsOf(
      answer([execution(1, 'a', [mark('edited')]), execution(2, 'a')]),
      ENGLISH
    );
    expect(found.size).toBe(0);
  });

  it('lead to the other cell, unless that is gone', () => {
    const of = (kind: CellMark['kind']) =>
      findingsOf(
        answer([
          execution(1, 'one'),
          execution(2, 'two', [mark(kind, { other: 1 })])
        ]),
        ENGLISH
      ).get('two')?.[0].cell;
    expect(of('stale_source')).toBe('one');
    expect(of('gone')).toBeNull();
  });

  it('of unsaved edits are about cells that ran', () => {
    expect([...ranIn(answer([execution(1, 'a'), execution(2, null)]))]).toEqual(
      ['a']
    );
    expect(editedFinding(ENGLISH).sentence).toBe('Edited after it ran.');
  });
});
