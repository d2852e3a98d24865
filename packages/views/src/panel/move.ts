/** Owns what keys do in the list of runs (UI.md §7): to another row, open, fold, or nothing. */
import type { RunRows } from '@dotscience/core';

import { rowForKey } from '../parts/list-keys';

export type ListAct =
  | { readonly kind: 'go'; readonly row: number }
  | { readonly kind: 'open'; readonly row: number }
  | { readonly kind: 'fold'; readonly group: string; readonly open: boolean };

interface Where {
  readonly rows: RunRows;
  /** Below zero: none. */
  readonly active: number;
  /** Rows that fit on screen. */
  readonly perPage: number;
  isOpen(group: string): boolean;
}

/** Null for a key that means nothing here. */
export function actOf(key: string, where: Where): ListAct | null {
  const { rows, active } = where;
  const row = rowForKey(key, active, rows.count, where.perPage);
  if (row !== null) {
    return { kind: 'go', row };
  }
  const at = rows.at(active);
  if (!at) {
    return null;
  }
  const name = at.group?.name ?? null;
  const open = name !== null && where.isOpen(name);
  switch (key) {
    case 'Enter':
    case ' ':
      return at.kind === 'group'
        ? { kind: 'fold', group: at.group.name, open: !open }
        : { kind: 'open', row: active };
    case 'ArrowRight':
      if (at.kind === 'run') {
        return null;
      }
      return open
        ? { kind: 'go', row: active + 1 }
        : { kind: 'fold', group: at.group.name, open: true };
    case 'ArrowLeft':
      if (at.kind === 'group') {
        return open
          ? { kind: 'fold', group: at.group.name, open: false }
          : null;
      }
      return name === null ? null : { kind: 'go', row: rows.rowOfGroup(name) };
    default:
      return null;
  }
}
