/** Owns what a row of the runs list is known by, whatever comes above it: a run's id, a group's name. */
import type { RunRows } from '@dotscience/core';

export type RowKey =
  | { readonly kind: 'run'; readonly id: string }
  | { readonly kind: 'group'; readonly name: string };

export function keyOfRow(rows: RunRows, at: number): RowKey | null {
  const row = rows.at(at);
  if (row?.kind === 'group') {
    return { kind: 'group', name: row.group.name };
  }
  const [run] = row ? rows.list.slice(row.position, row.position + 1) : [];
  return run ? { kind: 'run', id: run.id } : null;
}

/** The row of a key; of a run whose group is folded, the group's. -1 when it is not there. */
export function rowOfKey(rows: RunRows, key: RowKey): number {
  if (key.kind === 'group') {
    return rows.rowOfGroup(key.name);
  }
  const position = rows.list.indexOf(key.id);
  return position < 0 ? -1 : rows.rowOf(position);
}

/** An id for the page: one word, whatever the name. */
export const domId = (prefix: string, key: RowKey): string =>
  key.kind === 'run'
    ? `${prefix}-${key.id}`
    : `${prefix}-group-${encodeURIComponent(key.name)}`;

export const isSameKey = (a: RowKey | null, b: RowKey | null): boolean =>
  a?.kind === 'run'
    ? b?.kind === 'run' && a.id === b.id
    : a?.kind === 'group' && b?.kind === 'group' && a.name === b.name;
