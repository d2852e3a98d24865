/** Owns the notices that this page itself has to give: one per thing that failed. */
import type { Notice } from '@dotscience/core';

import type { ApiFailure } from '../api';

export class Incidents {
  private _list: readonly Notice[] = [];

  get list(): readonly Notice[] {
    return this._list;
  }

  /** `what` names the act, for instance "Snapshot not saved"; a newer one replaces an older. */
  add(what: string, failure: ApiFailure, severity: Notice['severity']): void {
    const { code, message, kept, next } = failure.body;
    const id = `page:${code}:${what}`;
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
    this._list = [notice, ...this._list.filter(other => other.id !== id)];
  }

  /** False when the notice is not one of this page. */
  dismiss(id: string): boolean {
    const left = this._list.filter(notice => notice.id !== id);
    const known = left.length < this._list.length;
    this._list = left;
    return known;
  }
}
