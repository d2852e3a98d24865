/** Owns following what is selected in the file browser: one file, after the selection has come to rest. */
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { IDisposable } from '@lumino/disposable';
import { Debouncer } from '@lumino/polling';

const REST_MS = 150;

/** What is needed of the file browser. */
export type SelectedIn = Pick<
  IDefaultFileBrowser,
  'selectedItems' | 'selectionChanged'
>;

/** The Jupyter path of the one item that is selected; null for none and for several. */
export function selectedFile(browser: SelectedIn | null): string | null {
  const paths = browser
    ? Array.from(browser.selectedItems(), ({ path }) => path)
    : [];
  return paths.length === 1 ? paths[0].replace(/^RTC:/, '') : null;
}

/** Calls `show` with each file that is selected, until the result is disposed. */
export function followSelection(
  browser: SelectedIn,
  show: (path: string) => void
): IDisposable {
  const rest = new Debouncer(() => {
    const path = selectedFile(browser);
    if (path !== null) {
      show(path);
    }
  }, REST_MS);
  const onChanged = (): void => void rest.invoke().catch(() => undefined);
  browser.selectionChanged.connect(onChanged);
  return {
    get isDisposed(): boolean {
      return rest.isDisposed;
    },
    dispose: () => {
      browser.selectionChanged.disconnect(onChanged);
      rest.dispose();
    }
  };
}
