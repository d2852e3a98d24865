/**
 * Owns where rows of the runs list lie: day heads, and rows of runs and groups, each kind of one
 * height. Positions are of rows. Finding what
 * is visible costs what is visible, however long the list is.
 */
import type { DayGroup } from '@dotscience/core';

export interface RowHeights {
  readonly day: number;
  readonly run: number;
}

export type ListItem =
  | { readonly kind: 'day'; readonly group: DayGroup; readonly top: number }
  | { readonly kind: 'run'; readonly position: number; readonly top: number };

export class ListLayout {
  readonly total: number;
  private readonly _groups: readonly DayGroup[];
  private readonly _heights: RowHeights;

  constructor(groups: readonly DayGroup[], heights: RowHeights) {
    this._groups = groups;
    this._heights = heights;
    const runs = groups.length > 0 ? groups[groups.length - 1].to : 0;
    this.total = groups.length * heights.day + runs * heights.run;
  }

  /** Top of the run at a position. */
  topOf(position: number): number {
    const found = this._groups.findIndex(({ to }) => position < to);
    const group = found < 0 ? this._groups.length - 1 : found;
    return (group + 1) * this._heights.day + position * this._heights.run;
  }

  /** Position of the first run that ends below `top`. */
  positionAt(top: number): number {
    for (const item of this.between(
      top,
      top + this._heights.run + this._heights.day
    )) {
      if (item.kind === 'run') {
        return item.position;
      }
    }
    return 0;
  }

  /** All items that touch the span from `top` to `bottom`, in order. */
  between(top: number, bottom: number): ListItem[] {
    const { day, run } = this._heights;
    const items: ListItem[] = [];
    this._groups.forEach((group, i) => {
      const head = i * day + group.from * run;
      const end = head + day + (group.to - group.from) * run;
      if (end <= top || head >= bottom) {
        return;
      }
      if (head + day > top) {
        items.push({ kind: 'day', group, top: head });
      }
      const first = Math.max(0, Math.floor((top - head - day) / run));
      const last = Math.min(
        group.to - group.from,
        Math.ceil((bottom - head - day) / run)
      );
      for (let n = first; n < last; n++) {
        items.push({
          kind: 'run',
          position: group.from + n,
          top: head + day + n * run
        });
      }
    });
    return items;
  }
}
