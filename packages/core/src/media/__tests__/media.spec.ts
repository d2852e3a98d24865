import fc from 'fast-check';

import type { MediaItem } from '../../protocol';
import { parseCsv } from '../csv';
import { shelvesOf } from '../shelves';

const item = (n: number, key: string, step: number | null): MediaItem => ({
  n,
  key,
  step,
  kind: 'image',
  mime: 'image/png',
  size: 1,
  caption: null,
  shape: null,
  time: '2026-11-21T14:02:00.000000Z'
});

it('media stand by key, in the order of steps', () => {
  const shelves = shelvesOf([
    item(0, 'b', 2),
    item(1, 'a', null),
    item(2, 'b', null),
    item(3, 'b', 1)
  ]);
  expect(
    shelves.map(({ key, items }) => [key, items.map(({ n }) => n)])
  ).toEqual([
    ['b', [2, 3, 0]],
    ['a', [1]]
  ]);
});

describe('CSV', () => {
  it('reads quotes, commas and line ends of both kinds', () => {
    expect(parseCsv('a,"b ""x"", y"\r\n1,"two\nlines"\n3,\n', 10)).toEqual({
      head: ['a', 'b "x", y'],
      rows: [
        ['1', 'two\nlines'],
        ['3', '']
      ],
      more: false
    });
  });

  it('says that there is more', () => {
    expect(parseCsv('a\n1\n2\n3\n', 2)).toEqual({
      head: ['a'],
      rows: [['1'], ['2']],
      more: true
    });
    expect(parseCsv('a,b,c\n', 2, 2)).toEqual({
      head: ['a', 'b'],
      rows: [],
      more: true
    });
  });

  it('gives back what was written, and ends on any text', () => {
    const cell = fc.string();
    const rows = fc.integer({ min: 2, max: 4 }).chain(width =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
        minLength: 1,
        maxLength: 5
      })
    );
    fc.assert(
      fc.property(rows, table => {
        const text = table
          .map(row => row.map(one => `"${one.replace(/"/g, '""')}"`).join(','))
          .join('\n');
        const read = parseCsv(text, 10);
        expect([read.head, ...read.rows]).toEqual(table);
      })
    );
    fc.assert(
      fc.property(fc.string(), text => {
        expect(parseCsv(text, 3).rows.length).toBeLessThanOrEqual(3);
      })
    );
  });
});
