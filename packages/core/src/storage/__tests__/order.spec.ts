import fc from 'fast-check';

import type { RunStorage } from '../../protocol';
import { sortedStorage, type StorageColumn } from '../order';

const row = (title: string, alone_bytes: number, over = {}): RunStorage => ({
  run: title,
  title,
  time: null,
  alone_bytes,
  kept_for: [],
  thinned: false,
  repeats: null,
  ...over
});
const titles = (rows: readonly RunStorage[]): string =>
  rows.map(({ title }) => title).join('');

describe('the order of what runs hold', () => {
  const rows = [
    row('b', 2, { time: '2026-11-20T10:00:00.000000Z' }),
    row('a', 9, { kept_for: ['best', 'label'] }),
    row('c', 5, { time: '2026-11-21T10:00:00.000000Z', kept_for: ['pinned'] })
  ];

  it.each<[StorageColumn, boolean, string]>([
    ['alone', true, 'acb'],
    ['alone', false, 'bca'],
    ['title', false, 'abc'],
    ['time', true, 'cba'],
    ['kept', true, 'acb']
  ])('by %s, descending %s', (column, descending, expected) =>
    expect(titles(sortedStorage(rows, column, descending))).toBe(expected)
  );

  it('leaves what it was given as it is, and loses no row', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string(), fc.nat())),
        fc.constantFrom<StorageColumn>('title', 'time', 'alone', 'kept'),
        fc.boolean(),
        (given, column, descending) => {
          const before = given.map(([title, bytes]) => row(title, bytes));
          const after = sortedStorage(before, column, descending);
          expect(new Set(after)).toEqual(new Set(before));
          expect(titles(before)).toBe(given.map(([t]) => t).join(''));
        }
      )
    );
  });
});
