/** Owns the notices that this page itself has to give: one per thing that failed. */
import type { Notice } from '@dotscience/core';

import type { ApiFailure } from '../api';

interface Incident {
  readonly notice: Notice;
  /** Whose it is; null: said wherever one is. */
  readonly workspace: string | null;
}

export class Incidents {
  private _list: readonly Incident[] = [];

  /** Those of a workspace, the newest first. */
  of(workspace: string | null): Notice[] {
    return this._list
      .filter(one => one.workspace === null || one.workspace === workspace)
      .map(({ notice }) => notice);
  }

  /** `what` names the act, for instance "Snapshot not saved"; a newer one replaces an older. */
  add(
    what: string,
    failure: ApiFailure,
    severity: Notice['severity'],
    workspace: string | null
  ): void {
    const { code, message, kept, next } = failure.body;
    const id = `page:${workspace ?? ''}:${code}:${what}`;
    const notice: Notice = {
      id,
      code,
      severity,
      title: what,
      text: message,
      kept,
      next,
      since: new Date().toISOString(),
      path: null,
      run: null,
      actions: ['dismiss'],
      detail: null
    };
    const others = this._list.filter(other => other.notice.id !== id);
    this._list = [{ notice, workspace }, ...others];
  }

  /** False when the notice is not one of this page. */
  dismiss(id: string): boolean {
    const left = this._list.filter(({ notice }) => notice.id !== id);
    const known = left.length < this._list.length;
    this._list = left;
    return known;
  }
}
