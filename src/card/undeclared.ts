/**
 * Owns how many files a run wrote without declaring them, as its card says. A run's files are told
 * some time after it and change with claims: asked once for each revision of the run.
 */
import type { ObservedFile } from '@dotscience/core';

import type { WorkspaceModel } from '../workspace/model';

interface Known {
  readonly revision: number;
  readonly count: number;
}

export class UndeclaredCounts {
  private readonly _model: WorkspaceModel;
  private readonly _changed: () => void;
  private readonly _known = new Map<string, Known>();

  constructor(model: WorkspaceModel, changed: () => void) {
    this._model = model;
    this._changed = changed;
  }

  /** What is known now; `changed` is called when it is another number. */
  of(run: string): number {
    const workspace = this._model.workspace?.id;
    const revision = this._model.runs?.get(run)?.revision;
    const known = this._known.get(run);
    const count = known?.count ?? 0;
    if (workspace && revision !== undefined && known?.revision !== revision) {
      this._known.set(run, { revision, count });
      void this._ask(workspace, run, revision);
    }
    return count;
  }

  private async _ask(
    workspace: string,
    run: string,
    revision: number
  ): Promise<void> {
    try {
      const found = await this._model.client.run(workspace, run);
      const known = this._known.get(run);
      const count = found.undeclared.filter(couldBeOutput).length;
      if (known?.revision === revision && known.count !== count) {
        this._known.set(run, { revision, count });
        this._changed();
      }
    } catch {
      // Asked again at the run's next revision; what is wrong with the server says the panel.
    }
  }
}

function couldBeOutput({ mode, when, outside }: ObservedFile): boolean {
  return when === 'run' && mode !== 'r' && mode !== 'd' && !outside;
}
