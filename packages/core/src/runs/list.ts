/**
 * Owns the runs of a workspace as one value, newest first. A list never changes: applying a feed
 * gives another list that shares all pages the feed did not touch, so that comparing two lists by
 * identity tells whether anything is different.
 */
import type { Direction } from '../metrics/direction';
import type { ColumnBlock, Feed, RunSummary } from '../protocol';
import { Block } from './block';
import { Page, type Candidate } from './page';

/** Runs with one label `group`: a sweep. Positions are of the list, newest first. */
export interface RunGroup {
  readonly name: string;
  readonly positions: readonly number[];
}

type Pages = ReadonlyMap<number, Page>;

export class RunList {
  static readonly empty = new RunList(0, new Map());

  /** Of the last feed applied. */
  readonly revision: number;
  readonly count: number;
  private readonly _pages: Pages;
  private readonly _newestFirst: readonly number[];
  private _groups: ReadonlyMap<string, RunGroup> | null = null;

  private constructor(revision: number, pages: Pages) {
    this.revision = revision;
    this._pages = pages;
    this._newestFirst = [...pages.keys()].sort((a, b) => b - a);
    this.count = this._newestFirst.reduce((n, i) => n + this._page(i).count, 0);
  }

  /**
   * The list after `feed`, with the blocks it names. Throws `BlockError` on a block that cannot be
   * read; this list is as it was.
   */
  applied(feed: Feed, blocks: readonly ColumnBlock[]): RunList {
    const pages = new Map(feed.reset ? [] : this._pages);
    for (const block of blocks.map(encoded => new Block(encoded))) {
      const page = pages.get(block.index) ?? Page.empty;
      pages.set(block.index, page.withBlock(block));
    }
    for (const [index, runs] of byPage(feed.runs)) {
      pages.set(index, (pages.get(index) ?? Page.empty).withRuns(runs));
    }
    return new RunList(feed.revision, pages);
  }

  /** The list without the runs that were recorded after `seq`. */
  upTo(seq: number): RunList {
    const last = Page.indexOf(seq);
    const kept = this._newestFirst.filter(index => index <= last);
    const pages = kept.map(
      index =>
        [
          index,
          index < last ? this._page(index) : this._page(index).upTo(seq)
        ] as const
    );
    return new RunList(this.revision, new Map(pages));
  }

  /** Seq of the newest run; 0 without one. */
  get newest(): number {
    const first = this._newestFirst.find(index => this._page(index).count > 0);
    return first === undefined ? 0 : this._page(first).at(0).seq;
  }

  /** All groups by name, the one with the newest run first. Costs the runs that have a group, once. */
  groups(): ReadonlyMap<string, RunGroup> {
    return (this._groups ??= this._grouped());
  }

  /** The group of the run at a position; null where it has none. */
  groupAt(position: number): string | null {
    return this._at(position, (page, i) => page.groupAt(i)) ?? null;
  }

  /** Runs at positions from ≤ i < to, newest first. Costs what it returns. */
  slice(from: number, to: number): RunSummary[] {
    const runs: RunSummary[] = [];
    let start = 0;
    for (const index of this._newestFirst) {
      const page = this._page(index);
      const last = Math.min(to - start, page.count);
      for (let i = Math.max(from - start, 0); i < last; i++) {
        runs.push(page.at(i));
      }
      start += page.count;
      if (start >= to) {
        break;
      }
    }
    return runs;
  }

  get(id: string): RunSummary | null {
    for (const index of this._newestFirst) {
      const run = this._page(index).find(id);
      if (run) {
        return run;
      }
    }
    return null;
  }

  bySeq(seq: number): RunSummary | null {
    return this._pages.get(Page.indexOf(seq))?.bySeq(seq) ?? null;
  }

  /** Position of a run, newest first; -1 when it is not here. */
  indexOf(id: string): number {
    let start = 0;
    for (const index of this._newestFirst) {
      const page = this._page(index);
      const run = page.find(id);
      if (run) {
        return start + page.positionOf(run.seq);
      }
      start += page.count;
    }
    return -1;
  }

  /** When the run at a position was recorded (RFC 3339); '' beyond the end. */
  recordedAt(position: number): string {
    return this._at(position, (page, i) => page.recordedAt(i)) ?? '';
  }

  /** Keys of all metrics of all runs, of the newest pages first. */
  metricKeys(): string[] {
    const pages = this._newestFirst.map(index => this._page(index));
    return [...new Set(pages.flatMap(page => page.metricKeys))];
  }

  /** The best published run by a metric whose direction is known; of equals the first. */
  best(
    metric: string,
    direction: Direction,
    before = Infinity
  ): Candidate | null {
    if (direction === 'unknown') {
      return null;
    }
    const sign = direction === 'min' ? -1 : 1;
    const last = Page.indexOf(before);
    let best: Candidate | null = null;
    // Oldest page first: of equals the earlier one stays.
    for (const index of [...this._newestFirst].reverse()) {
      const page = this._page(index);
      const found =
        index < last
          ? page.best(metric, direction)
          : page.bestBefore(before, metric, direction);
      if (found && (!best || sign * found.value > sign * best.value)) {
        best = found;
      }
    }
    return best;
  }

  /** Published runs that have a number under the metric. */
  countWith(metric: string): number {
    return this._newestFirst.reduce(
      (count, index) => count + this._page(index).countWith(metric),
      0
    );
  }

  /** The best published run of a group, as `best`. */
  bestIn(
    group: string,
    metric: string,
    direction: Direction
  ): Candidate | null {
    if (direction === 'unknown') {
      return null;
    }
    const sign = direction === 'min' ? -1 : 1;
    let best: Candidate | null = null;
    for (const index of [...this._newestFirst].reverse()) {
      const found = this._page(index).bestIn(group, metric, direction);
      if (found && (!best || sign * found.value > sign * best.value)) {
        best = found;
      }
    }
    return best;
  }

  private _at<T>(
    position: number,
    read: (page: Page, position: number) => T
  ): T | null {
    let start = 0;
    for (const index of this._newestFirst) {
      const page = this._page(index);
      if (position < start + page.count) {
        return read(page, position - start);
      }
      start += page.count;
    }
    return null;
  }

  private _grouped(): ReadonlyMap<string, RunGroup> {
    const groups = new Map<string, { name: string; positions: number[] }>();
    let start = 0;
    for (const index of this._newestFirst) {
      const page = this._page(index);
      for (const [name, members] of page.groups()) {
        const group = groups.get(name) ?? { name, positions: [] };
        groups.set(name, group);
        for (const position of members) {
          group.positions.push(start + position);
        }
      }
      start += page.count;
    }
    return groups;
  }

  private _page(index: number): Page {
    return this._pages.get(index) ?? Page.empty;
  }
}

function byPage(runs: readonly RunSummary[]): Map<number, RunSummary[]> {
  const pages = new Map<number, RunSummary[]>();
  for (const run of runs) {
    const index = Page.indexOf(run.seq);
    const page = pages.get(index);
    if (page) {
      page.push(run);
    } else {
      pages.set(index, [run]);
    }
  }
  return pages;
}
