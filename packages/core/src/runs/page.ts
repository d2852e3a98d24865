/**
 * Owns the runs of one span of 4,096 seq: a block, and the summaries that came beside or after it.
 * A page never changes. Of two states of one run the one with the higher revision holds, whichever
 * way and in whatever order they came.
 */
import type { Direction } from '../metrics/direction';
import type { RunSummary } from '../protocol';
import { BLOCK_SIZE, type Block } from './block';
import { finite } from './values';

/** A run by its seq, with the number it has under some metric. */
export interface Candidate {
  readonly seq: number;
  readonly value: number;
}

type Rows = ReadonlyMap<number, RunSummary>;

export class Page {
  static readonly empty = new Page(null, new Map());

  private readonly _block: Block | null;
  private readonly _rows: Rows;
  /** Runs with a higher seq are not on this page, whatever the block holds. */
  private readonly _last: number;
  private _newestFirst: readonly number[] | null = null;
  private _groups: ReadonlyMap<string, readonly number[]> | null = null;
  private readonly _best = new Map<string, Candidate | null>();
  private readonly _counts = new Map<string, number>();

  private constructor(block: Block | null, rows: Rows, last = Infinity) {
    this._block = block;
    this._rows = rows;
    this._last = last;
  }

  static indexOf(seq: number): number {
    return Math.floor((seq - 1) / BLOCK_SIZE);
  }

  get count(): number {
    return this._order().length;
  }

  get metricKeys(): readonly string[] {
    const keys = new Set(this._block?.metricKeys ?? []);
    this._rows.forEach(run => run.metrics.forEach(({ key }) => keys.add(key)));
    return [...keys];
  }

  withBlock(block: Block): Page {
    if (this._block && this._block.revision >= block.revision) {
      return this;
    }
    const rows = new Map(this._rows);
    for (const [seq, run] of rows) {
      if (holds(block, seq) && revisionIn(block, seq) >= run.revision) {
        rows.delete(seq);
      }
    }
    return new Page(block, rows, this._last);
  }

  withRuns(runs: readonly RunSummary[]): Page {
    const rows = new Map(this._rows);
    for (const run of runs) {
      if (run.revision > this._revision(run.seq, rows)) {
        rows.set(run.seq, run);
      }
    }
    return new Page(this._block, rows, this._last);
  }

  /** The page without the runs that have a higher seq. */
  upTo(seq: number): Page {
    return new Page(this._block, this._rows, seq);
  }

  /** Positions by group, newest first; runs without a group are left out. Kept after the first call. */
  groups(): ReadonlyMap<string, readonly number[]> {
    return (this._groups ??= this._grouped());
  }

  /** The group of the run at a position, without putting the run together. */
  groupAt(position: number): string | null {
    return this._group(this._order()[position]);
  }

  /** The run at a position, newest first. */
  at(position: number): RunSummary {
    return this._run(this._order()[position]);
  }

  /** When the run at a position was recorded, without putting the run together. */
  recordedAt(position: number): string {
    const seq = this._order()[position];
    const row = this._rows.get(seq);
    return row
      ? row.recorded
      : (this._block?.text('recorded', rowOf(seq)) ?? '');
  }

  /** Position of a seq of this page, newest first; -1 when it is not here. */
  positionOf(seq: number): number {
    return this._order().indexOf(seq);
  }

  bySeq(seq: number): RunSummary | null {
    const here =
      this._rows.has(seq) || (this._block && holds(this._block, seq));
    return here && seq <= this._last ? this._run(seq) : null;
  }

  find(id: string): RunSummary | null {
    for (const run of this._rows.values()) {
      if (run.id === id) {
        return run.seq <= this._last ? run : null;
      }
    }
    const row = this._block?.rowOf(id) ?? -1;
    const run = row < 0 || !this._block ? null : this._block.run(row);
    return run && run.seq <= this._last ? run : null;
  }

  /** The best published run; of equals the one that came first. Kept, so asking again is free. */
  best(metric: string, direction: Direction): Candidate | null {
    return this._kept(`${direction} ${metric}`, () =>
      this.bestBefore(Infinity, metric, direction)
    );
  }

  /** Published runs that have a number under the metric, as `best` compares them. Kept. */
  countWith(metric: string): number {
    let count = this._counts.get(metric);
    if (count === undefined) {
      const valueOf = this._reader(metric);
      count = this._order().filter(
        seq => valueOf(seq) !== null && this._state(seq) === 'published'
      ).length;
      this._counts.set(metric, count);
    }
    return count;
  }

  /** The best published run of a group; kept as `best` is. */
  bestIn(
    group: string,
    metric: string,
    direction: Direction
  ): Candidate | null {
    const key = JSON.stringify([direction, metric, group]);
    const order = this._order();
    return this._kept(key, () => {
      const members = this.groups().get(group) ?? [];
      const seqs = members.map(position => order[position]).reverse();
      return this._bestOf(seqs, metric, direction);
    });
  }

  /** The best published run among those with a lower seq than `before`. */
  bestBefore(
    before: number,
    metric: string,
    direction: Direction
  ): Candidate | null {
    const order = this._order();
    const from = order.findIndex(seq => seq < before);
    const seqs = from < 0 ? [] : order.slice(from).reverse();
    return this._bestOf(seqs, metric, direction);
  }

  private _kept(key: string, find: () => Candidate | null): Candidate | null {
    let best = this._best.get(key);
    if (best === undefined) {
      best = find();
      this._best.set(key, best);
    }
    return best;
  }

  // Oldest first: of equals the one that came first stays.
  private _bestOf(
    seqs: readonly number[],
    metric: string,
    direction: Direction
  ): Candidate | null {
    const sign = direction === 'min' ? -1 : 1;
    const valueOf = this._reader(metric);
    let best: Candidate | null = null;
    for (const seq of seqs) {
      const value = valueOf(seq);
      const wins =
        value !== null && (!best || sign * value > sign * best.value);
      if (wins && this._state(seq) === 'published') {
        best = { seq, value };
      }
    }
    return best;
  }

  private _grouped(): ReadonlyMap<string, readonly number[]> {
    const groups = new Map<string, number[]>();
    this._order().forEach((seq, position) => {
      const name = this._group(seq);
      const members = name === null ? null : groups.get(name);
      if (members) {
        members.push(position);
      } else if (name !== null) {
        groups.set(name, [position]);
      }
    });
    return groups;
  }

  private _group(seq: number): string | null {
    const row = this._rows.get(seq);
    return row ? row.group : (this._block?.text('group', rowOf(seq)) ?? null);
  }

  private _reader(metric: string): (seq: number) => number | null {
    const column = this._block?.numbers(`metric:${metric}`) ?? null;
    return seq => {
      const row = this._rows.get(seq);
      if (row) {
        const value = row.metrics.find(({ key }) => key === metric);
        return value ? finite(value) : null;
      }
      const value = column?.at(rowOf(seq)) ?? null;
      return value !== null && Number.isFinite(value) ? value : null;
    };
  }

  private _state(seq: number): string | null {
    return (
      this._rows.get(seq)?.state ??
      this._block?.text('state', rowOf(seq)) ??
      null
    );
  }

  private _run(seq: number): RunSummary {
    const row = this._rows.get(seq);
    if (row) {
      return row;
    }
    if (!this._block) {
      throw new RangeError(`No run ${seq} on this page.`);
    }
    return this._block.run(rowOf(seq));
  }

  private _revision(seq: number, rows: Rows): number {
    const row = rows.get(seq);
    if (row) {
      return row.revision;
    }
    return this._block && holds(this._block, seq)
      ? revisionIn(this._block, seq)
      : -Infinity;
  }

  private _order(): readonly number[] {
    if (!this._newestFirst) {
      const seqs = new Set(this._rows.keys());
      const block = this._block;
      for (let row = 0; block && row < block.count; row++) {
        seqs.add(block.index * BLOCK_SIZE + row + 1);
      }
      this._newestFirst = [...seqs]
        .filter(seq => seq <= this._last)
        .sort((a, b) => b - a);
    }
    return this._newestFirst;
  }
}

const rowOf = (seq: number): number => (seq - 1) % BLOCK_SIZE;

const holds = (block: Block, seq: number): boolean =>
  Page.indexOf(seq) === block.index && rowOf(seq) < block.count;

const revisionIn = (block: Block, seq: number): number =>
  block.number('revision', rowOf(seq)) ?? block.revision;
