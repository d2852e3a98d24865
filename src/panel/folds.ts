/** Owns which groups of runs are unfolded, by workspace: kept in the browser, over a reload of the page. */
import { Signal, type ISignal } from '@lumino/signaling';

const PREFIX = 'jupyterlab-dotscience:open-groups:';

export class Folds {
  private readonly _storage: Pick<Storage, 'getItem' | 'setItem'>;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _open = new Map<string, readonly string[]>();

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this._storage = storage;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Names of the unfolded groups of a workspace. */
  of(workspace: string): readonly string[] {
    let groups = this._open.get(workspace);
    if (!groups) {
      groups = this._read(workspace);
      this._open.set(workspace, groups);
    }
    return groups;
  }

  keep(workspace: string, groups: readonly string[]): void {
    this._open.set(workspace, groups);
    try {
      this._storage.setItem(PREFIX + workspace, JSON.stringify(groups));
    } catch {
      // A browser that keeps nothing: then it holds until the reload.
    }
    this._changed.emit();
  }

  private _read(workspace: string): readonly string[] {
    try {
      const kept: unknown = JSON.parse(
        this._storage.getItem(PREFIX + workspace) ?? '[]'
      );
      return Array.isArray(kept)
        ? kept.filter((name): name is string => typeof name === 'string')
        : [];
    } catch {
      return [];
    }
  }
}
