/**
 * Owns what the user asked to be brought back or branched: each act from its start until it is
 * dismissed, whichever view it was asked for in.
 *
 *   going ──► done ──► (undo: another act in its place)
 *     │  ╲──► failed ──► going (again)
 *     ╰──► gone: cancelled
 */
import {
  pathText,
  type ErrorBody,
  type Job,
  type JobResult
} from '@dotscience/core';
import type { Act } from '@dotscience/views';
import { PathExt } from '@jupyterlab/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiFailure, asFailure, type FilePath } from '../api';
import type { WorkspaceModel } from '../workspace/model';
import type { IDocuments } from './documents';

/** What is wanted. `workspace` is a replica id, `root` its Jupyter path; null where it has none. */
export interface IWish {
  readonly kind: Act['kind'];
  readonly workspace: string;
  readonly root: string | null;
  /** A run's id, `@snapshot` or `last`. */
  readonly ref: string;
  readonly paths: readonly FilePath[];
  /** Of a branch. */
  readonly name: string | null;
  /** The view in which it stands; null: none, it is told by a message. */
  readonly place: string | null;
}

interface IEntry {
  readonly wish: IWish;
  /** Without what is damaged. */
  skips: boolean;
  act: Act;
  /** Of the workspace, while it goes on. */
  job: string | null;
}

/** Texts of what this page itself has to say. */
export interface IBringingTexts {
  notSaved(path: string): ErrorBody;
}

export class Bringing {
  private readonly _model: WorkspaceModel;
  private readonly _documents: IDocuments;
  private readonly _texts: IBringingTexts;
  private readonly _changed = new Signal<this, void>(this);
  private _entries: readonly IEntry[] = [];
  private _count = 0;

  constructor(
    model: WorkspaceModel,
    documents: IDocuments,
    texts: IBringingTexts
  ) {
    this._model = model;
    this._documents = documents;
    this._texts = texts;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Acts that stand in a view, the newest first. */
  at(place: string): readonly Act[] {
    return this._entries
      .filter(({ wish }) => wish.place === place)
      .map(({ act }) => act);
  }

  get(act: string): Act | null {
    return this._find(act)?.act ?? null;
  }

  /** Starts what is wanted; resolves when it is over, with its act then, or null when it was given up. */
  async start(wish: IWish): Promise<Act | null> {
    this._count += 1;
    const act: Act = {
      id: `act-${this._count}`,
      kind: wish.kind,
      paths: wish.paths,
      name: wish.name,
      state: { kind: 'going', job: null },
      undoes: null
    };
    const entry = { wish, act, job: null, skips: false };
    this._entries = [entry, ...this._entries];
    this._changed.emit();
    await this._go(entry);
    return this.get(act.id);
  }

  /** Brings back what was there before an act; it stands in the act's place. */
  async undo(act: string): Promise<Act | null> {
    const entry = this._find(act);
    if (!entry?.act.undoes || entry.act.state.kind !== 'done') {
      return null;
    }
    const ref = `@${entry.act.state.result.snapshot}`;
    this.dismiss(act);
    const paths = entry.act.undoes;
    return this.start({ ...entry.wish, kind: 'undo', ref, paths });
  }

  async retry(act: string): Promise<void> {
    const entry = this._find(act);
    if (entry?.act.state.kind === 'failed') {
      this._set(entry, { state: { kind: 'going', job: null } });
      await this._go(entry);
    }
  }

  /** Again, without what is damaged. */
  async bringRest(act: string): Promise<void> {
    const entry = this._find(act);
    if (entry) {
      entry.skips = true;
      await this.retry(act);
    }
  }

  /** Rejects with `ApiFailure` where it could not be told. */
  async cancel(act: string): Promise<void> {
    const entry = this._find(act);
    if (entry?.job) {
      await this._model.client.cancelJob(entry.wish.workspace, entry.job);
    }
  }

  dismiss(act: string): void {
    this._entries = this._entries.filter(entry => entry.act.id !== act);
    this._changed.emit();
  }

  private _find(act: string): IEntry | null {
    return this._entries.find(entry => entry.act.id === act) ?? null;
  }

  private async _go(entry: IEntry): Promise<void> {
    const { wish } = entry;
    try {
      const open = wish.kind === 'branch' ? [] : inJupyter(wish);
      await this._saved(open);
      const job = await this._model.finished(
        wish.workspace,
        await this._ask(entry),
        job => this._told(entry, job)
      );
      await this._documents.reload(open);
      this._done(entry, job.result ?? NOTHING);
    } catch (reason) {
      this._failed(entry, asFailure(reason));
    }
  }

  private async _saved(open: readonly string[]): Promise<void> {
    const unsaved = await this._documents.save(open);
    if (unsaved !== null) {
      throw new ApiFailure('refused', this._texts.notSaved(unsaved));
    }
  }

  private _ask({ wish, skips }: IEntry): Promise<Job> {
    const { client } = this._model;
    const { kind, workspace, ref, paths, name } = wish;
    const how = skips ? { skip_damaged: true } : {};
    return kind === 'branch'
      ? client.branch(workspace, ref, name ?? '')
      : client.bringBack(workspace, ref, paths, how);
  }

  private _told(entry: IEntry, job: Job): void {
    entry.job = job.id;
    this._set(entry, { state: { kind: 'going', job } });
  }

  private _done(entry: IEntry, result: JobResult): void {
    entry.job = null;
    const changed = result.snapshot !== null && result.restored !== 0;
    const undoes =
      entry.wish.kind !== 'branch' && changed ? undoable(entry, result) : null;
    this._set(entry, { state: { kind: 'done', result }, undoes });
  }

  private _failed(entry: IEntry, failure: ApiFailure): void {
    entry.job = null;
    if (failure.body.code === 'cancelled') {
      this.dismiss(entry.act.id);
      return;
    }
    this._set(entry, { state: { kind: 'failed', error: failure.body } });
  }

  private _set(entry: IEntry, more: Partial<Act>): void {
    entry.act = { ...entry.act, ...more };
    this._changed.emit();
  }
}

const NOTHING: JobResult = {
  snapshot: null,
  path: null,
  api_path: null,
  message: null
};

/** Names at most so many files; beyond, what was asked for is meant. */
const NAMED = 1_000;

/** Null where only files were made that were not there: nothing of them is in the snapshot. */
function undoable(
  { wish }: IEntry,
  { paths, created, restored }: JobResult
): readonly FilePath[] | null {
  if (!paths || (restored ?? 0) > NAMED) {
    return wish.paths;
  }
  const fresh = new Set((created ?? []).map(pathText));
  const before = paths.filter(path => !fresh.has(pathText(path)));
  return before.length > 0 ? before : null;
}

// What is no text has no Jupyter path.
const inJupyter = ({ root, paths }: IWish): string[] =>
  root === null
    ? []
    : paths
        .filter(path => typeof path === 'string')
        .map(path => PathExt.join(root, path.replace(/\/+$/, '')));
