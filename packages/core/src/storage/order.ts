/** Owns the order of the table of what runs hold. Sorting is stable; equal rows stay most bytes first. */
import type { RunStorage } from '../protocol';

export type StorageColumn = 'title' | 'time' | 'alone' | 'kept';

type Compare = (a: RunStorage, b: RunStorage) => number;

const COMPARES: Readonly<Record<StorageColumn, Compare>> = {
  title: (a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0),
  // RFC 3339 in UTC sorts as text; what has no time comes first.
  time: (a, b) => {
    const [left, right] = [a.time ?? '', b.time ?? ''];
    return left < right ? -1 : left > right ? 1 : 0;
  },
  alone: (a, b) => a.alone_bytes - b.alone_bytes,
  kept: (a, b) => a.kept_for.length - b.kept_for.length
};

export function sortedStorage(
  runs: readonly RunStorage[],
  column: StorageColumn,
  descending: boolean
): RunStorage[] {
  const compare = COMPARES[column];
  const sign = descending ? -1 : 1;
  return [...runs].sort(
    (a, b) => sign * compare(a, b) || b.alone_bytes - a.alone_bytes
  );
}
