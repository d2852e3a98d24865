/**
 * Owns what open documents have to do with files that are brought back: unsaved changes are saved
 * before, so that the snapshot taken first holds them, and what was written is read again after.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';

/** What is needed of an open document. */
export type OpenDocument = Pick<
  DocumentRegistry.Context,
  'path' | 'model' | 'save' | 'revert' | 'isDisposed'
>;

export interface IDocuments {
  /** The Jupyter path of a document below `paths` that could not be saved; null when all are. */
  save(paths: readonly string[]): Promise<string | null>;
  /** Reads documents below `paths` again. Never rejects: what cannot be read stays on screen. */
  reload(paths: readonly string[]): Promise<void>;
}

export class OpenDocuments implements IDocuments {
  private readonly _open: () => readonly OpenDocument[];

  /** `open` gives the documents that are open now; Jupyter paths throughout. */
  constructor(open: () => readonly OpenDocument[]) {
    this._open = open;
  }

  async save(paths: readonly string[]): Promise<string | null> {
    for (const document of this._below(paths)) {
      if (document.model.dirty) {
        await document.save().catch(() => undefined);
      }
      if (document.model.dirty) {
        return document.path;
      }
    }
    return null;
  }

  async reload(paths: readonly string[]): Promise<void> {
    await Promise.all(
      this._below(paths).map(document =>
        document.revert().catch((reason: unknown) => {
          console.warn('A document was not read again.', reason);
        })
      )
    );
  }

  private _below(paths: readonly string[]): OpenDocument[] {
    return this._open().filter(
      ({ path, isDisposed }) =>
        !isDisposed && paths.some(at => isAtOrBelow(path, at))
    );
  }
}

/** The documents of the shell, each once however many views it has. */
export function openDocuments(
  { shell }: JupyterFrontEnd,
  manager: IDocumentManager | null
): OpenDocument[] {
  const found = new Set<OpenDocument>();
  for (const widget of manager ? shell.widgets('main') : []) {
    const context = manager?.contextForWidget(widget);
    if (context) {
      found.add(context);
    }
  }
  return [...found];
}

// The drive of jupyter-collaboration puts its name before the path.
const isAtOrBelow = (path: string, at: string): boolean => {
  const local = path.replace(/^RTC:/, '');
  return at === '' || local === at || local.startsWith(`${at}/`);
};
