/**
 * Owns the answer to "where is the user working": the current notebook, else the folder that the
 * file browser shows. Only paths on the Jupyter server's own disk count.
 */
import type { FileBrowser } from '@jupyterlab/filebrowser';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';

import type { IPlace } from './model';

// The drive of jupyter-collaboration shows the same files under another name.
const LOCAL_DRIVES = ['', 'RTC'];

export class Place implements IPlace {
  private readonly _contents: Contents.IManager;
  private readonly _notebooks: INotebookTracker | null;
  private readonly _browser: FileBrowser | null;
  private _isDisposed = false;
  private readonly _changed = new Signal<this, void>(this);

  constructor(
    contents: Contents.IManager,
    notebooks: INotebookTracker | null,
    browser: FileBrowser | null
  ) {
    this._contents = contents;
    this._notebooks = notebooks;
    this._browser = browser;
    notebooks?.currentChanged.connect(this._emit, this);
    notebooks?.widgetUpdated.connect(this._emit, this);
    browser?.model.pathChanged.connect(this._emit, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get path(): string | null {
    const notebook = this._notebooks?.currentWidget?.context.path;
    const path = notebook ?? this._browser?.model.path ?? null;
    return path === null ? null : this._local(path);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _local(path: string): string | null {
    return LOCAL_DRIVES.includes(this._contents.driveName(path))
      ? this._contents.localPath(path)
      : null;
  }

  private _emit(): void {
    this._changed.emit();
  }
}
