/**
 * Owns when we save a notebook. JupyterLab compares the file's hash before it saves: a save begun
 * while another is under way finds "File changed on disk" and asks the user. We save by ourselves
 * after a run, so the user's own save may well come at the same moment: from the start every save
 * of the document, whoever asks, waits for the one before it.
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { Debouncer } from '@lumino/polling';

const QUIET_MS = 250;

/** What is needed of a document's context. */
export type SavedContext = Pick<
  DocumentRegistry.Context,
  'isDisposed' | 'model' | 'save' | 'disposed'
>;

/** Saves one document, never two saves at a time. Made with its document, ends with it. */
export class Saver {
  private readonly _context: SavedContext;
  private readonly _save: () => Promise<void>;
  private readonly _soon = new Debouncer(() => this.flush(), QUIET_MS);
  private _turn: Promise<void> = Promise.resolve();

  constructor(context: SavedContext) {
    this._context = context;
    this._save = context.save.bind(context);
    context.save = () => this._inTurn();
    context.disposed.connect(this._onDisposed, this);
  }

  /** Save soon; many requests are one save. */
  request(): void {
    void this._soon.invoke().catch(() => undefined);
  }

  /** Resolves when what is on screen was saved now, or could not be. */
  async flush(): Promise<void> {
    await this._turn;
    const { isDisposed, model } = this._context;
    if (isDisposed || !model.dirty) {
      return;
    }
    await this._context.save().catch((reason: unknown) => {
      console.warn('The notebook was not saved.', reason);
    });
  }

  private _inTurn(): Promise<void> {
    const save = this._turn.then(() =>
      this._context.isDisposed ? undefined : this._save()
    );
    this._turn = save.catch(() => undefined);
    return save;
  }

  private _onDisposed(): void {
    this._soon.dispose();
    this._context.disposed.disconnect(this._onDisposed, this);
  }
}
