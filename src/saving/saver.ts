/**
 * Owns when we save a notebook. JupyterLab compares the file's hash before it saves: a save begun
 * while another is under way finds "File changed on disk" and asks the user. So:
 *
 *     idle ──request──► waiting (250 ms) ──► saving ──► idle
 *                          ▲                   │ requested meanwhile, or somebody else's save
 *                          └───────────────────┘
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { Debouncer } from '@lumino/polling';

const QUIET_MS = 250;

/** What is needed of a document's context. */
export type SavedContext = Pick<
  DocumentRegistry.Context,
  'isDisposed' | 'model' | 'save' | 'saveState' | 'disposed'
>;

/** Saves one document, never two saves at a time. Made with its document, ends with it. */
export class Saver {
  private readonly _context: SavedContext;
  private readonly _soon = new Debouncer(() => this._save(), QUIET_MS);
  private _saving = false;
  private _wanted = false;
  private _waiting: (() => void)[] = [];

  constructor(context: SavedContext) {
    this._context = context;
    context.saveState.connect(this._onSaveState, this);
    context.disposed.connect(this._onDisposed, this);
  }

  /** Save soon, when nobody else is saving. */
  request(): void {
    this._wanted = true;
    void this._soon.invoke().catch(() => undefined);
  }

  /** Resolves when what is on screen was saved now, or could not be. */
  async flush(): Promise<void> {
    while (this._saving) {
      await new Promise<void>(resolve => this._waiting.push(resolve));
    }
    this._wanted = true;
    await this._save();
  }

  private async _save(): Promise<void> {
    const { isDisposed, model } = this._context;
    if (isDisposed || this._saving || !this._wanted) {
      return;
    }
    this._wanted = false;
    if (model.dirty) {
      await this._context.save().catch((reason: unknown) => {
        console.warn('The notebook was not saved.', reason);
      });
    }
  }

  private _onSaveState(_: unknown, state: DocumentRegistry.SaveState): void {
    this._saving = state === 'started';
    if (this._saving) {
      return;
    }
    this._waiting.splice(0).forEach(resolve => resolve());
    if (this._wanted) {
      this.request();
    }
  }

  private _onDisposed(): void {
    this._soon.dispose();
    this._waiting.splice(0).forEach(resolve => resolve());
    this._saving = false;
    this._context.saveState.disconnect(this._onSaveState, this);
    this._context.disposed.disconnect(this._onDisposed, this);
  }
}
