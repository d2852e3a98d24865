/**
 * Owns which rows a list of runs has: a run, or a group of two or more at the place of its newest
 * run, followed by its runs while it is unfolded. Never changes. Costs one number a row; without
 * groups nothing, however long the list is.
 */
import type { Zone } from '../format/times';
import { groupByDay, type DayGroup, type KnownDays } from './days';
import type { RunGroup, RunList } from './list';

export type ListRow =
  | {
      readonly kind: 'run';
      readonly position: number;
      /** The unfolded group that it stands below, and its place there. */
      readonly group: RunGroup | null;
      readonly place: number;
    }
  | { readonly kind: 'group'; readonly group: RunGroup };

/** An unfolded group: its place among the tops, its row, its runs. */
interface Unfolded {
  readonly top: number;
  readonly row: number;
  readonly size: number;
}

export class RunRows {
  readonly list: RunList;
  readonly count: number;
  private readonly _folding: readonly RunGroup[];
  // A run's position, or below zero the complement of a group's index; null: every run is one.
  private readonly _tops: Int32Array | null;
  private readonly _unfolded: readonly Unfolded[];

  constructor(list: RunList, isOpen: (group: string) => boolean) {
    this.list = list;
    this._folding = [...list.groups().values()].filter(
      ({ positions }) => positions.length > 1
    );
    this._tops = this._folding.length > 0 ? tops(list, this._folding) : null;
    this._unfolded = this._unfold(isOpen);
    const hidden = this._unfolded.reduce((n, { size }) => n + size, 0);
    this.count = (this._tops?.length ?? list.count) + hidden;
  }

  /** Whether any row is a group. */
  get hasGroups(): boolean {
    return this._tops !== null;
  }

  /** Null beyond either end. */
  at(row: number): ListRow | null {
    if (!(row >= 0 && row < this.count)) {
      return null;
    }
    const before = this._lastUnfolded(({ row: at }) => at <= row);
    if (before && row > before.row && row <= before.row + before.size) {
      const group = this._groupAt(before.top);
      const place = row - before.row - 1;
      return (
        group && { kind: 'run', position: group.positions[place], group, place }
      );
    }
    const top = before
      ? before.top + row - before.row - (row > before.row ? before.size : 0)
      : row;
    const group = this._groupAt(top);
    return group
      ? { kind: 'group', group }
      : { kind: 'run', position: this._positionOf(top), group: null, place: 0 };
  }

  /** Row of the run at a position, or of its group while that is folded. */
  rowOf(position: number): number {
    const name = this.list.groupAt(position);
    const group = name === null ? null : (this.list.groups().get(name) ?? null);
    if (!group || group.positions.length < 2) {
      return this._rowOfTop(this._topAt(position));
    }
    const top = this._topAt(group.positions[0]);
    const header = this._rowOfTop(top);
    return this._unfolded.some(({ top: open }) => open === top)
      ? header +
          1 +
          lowerBound(
            group.positions.length,
            i => group.positions[i] >= position
          )
      : header;
  }

  /** Row of a group; -1 when it has none. */
  rowOfGroup(name: string): number {
    const group = this.list.groups().get(name);
    return group && group.positions.length > 1
      ? this._rowOfTop(this._topAt(group.positions[0]))
      : -1;
  }

  /** Days of the rows; runs of an unfolded group stand in the day of their group. */
  days(zone?: Zone, known?: KnownDays): DayGroup[] {
    const count = this._tops?.length ?? this.list.count;
    const recordedAt = (top: number): string =>
      this.list.recordedAt(this._positionOf(top));
    return groupByDay({ count, recordedAt }, zone, known).map(day => ({
      ...day,
      from: this._rowOfTop(day.from),
      to: this._rowOfTop(day.to)
    }));
  }

  private _unfold(isOpen: (group: string) => boolean): Unfolded[] {
    const open = this._folding
      .filter(({ name }) => isOpen(name))
      .map(({ positions }) => ({
        top: this._topAt(positions[0]),
        size: positions.length
      }))
      .sort((a, b) => a.top - b.top);
    let hidden = 0;
    return open.map(({ top, size }) => {
      const row = top + hidden;
      hidden += size;
      return { top, row, size };
    });
  }

  private _rowOfTop(top: number): number {
    const before = this._lastUnfolded(({ top: at }) => at < top);
    return before ? before.row + before.size + top - before.top : top;
  }

  private _groupAt(top: number): RunGroup | null {
    const value = this._tops?.[top] ?? 0;
    return value < 0 ? this._folding[~value] : null;
  }

  private _positionOf(top: number): number {
    return this._groupAt(top)?.positions[0] ?? this._tops?.[top] ?? top;
  }

  // Tops stand in the order of their newest positions.
  private _topAt(position: number): number {
    return this._tops
      ? lowerBound(this._tops.length, top => this._positionOf(top) >= position)
      : position;
  }

  private _lastUnfolded(test: (at: Unfolded) => boolean): Unfolded | null {
    const after = lowerBound(
      this._unfolded.length,
      i => !test(this._unfolded[i])
    );
    return this._unfolded[after - 1] ?? null;
  }
}

// Plain loops: a callback a run costs ten times as much.
function tops(list: RunList, folding: readonly RunGroup[]): Int32Array {
  const SHOWN_BY_GROUP = -0x80000000;
  const values = new Int32Array(list.count);
  for (let i = 0; i < folding.length; i++) {
    const { positions } = folding[i];
    for (let place = 1; place < positions.length; place++) {
      values[positions[place]] = SHOWN_BY_GROUP;
    }
    values[positions[0]] = ~i;
  }
  let count = 0;
  for (let position = 0; position < values.length; position++) {
    const value = values[position];
    if (value !== SHOWN_BY_GROUP) {
      values[count++] = value < 0 ? value : position;
    }
  }
  return values.slice(0, count);
}

/** The first of 0 … count for which `test` holds; it must hold for all after it. */
function lowerBound(count: number, test: (i: number) => boolean): number {
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (test(middle)) {
      to = middle;
    } else {
      from = middle + 1;
    }
  }
  return from;
}
