/** Owns the one list of runs that a host shows, and tells who looks when it is another one. */
import type { ColumnBlock, Feed, RunSummary } from '../protocol';
import { RunList } from './list';

/** Fits React's `useSyncExternalStore`: methods are bound, a snapshot never changes. */
export class RunStore {
  private _list = RunList.empty;
  private readonly _listeners = new Set<() => void>();

  get revision(): number {
    return this._list.revision;
  }

  get count(): number {
    return this._list.count;
  }

  get(id: string): RunSummary | null {
    return this._list.get(id);
  }

  slice(from: number, to: number): RunSummary[] {
    return this._list.slice(from, to);
  }

  /** Throws `BlockError` on a block that cannot be read, and is then as it was. */
  apply(feed: Feed, blocks: readonly ColumnBlock[]): void {
    this._list = this._list.applied(feed, blocks);
    [...this._listeners].forEach(listener => listener());
  }

  /** Calls `listener` after each change, until the result is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this._listeners.add(listener);
    return () => this._listeners.delete(listener);
  };

  readonly getSnapshot = (): RunList => this._list;
}
