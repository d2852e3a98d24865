/** Owns finding a cell of an open notebook by its nbformat id. */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';

/** 1-based place among the code cells; null where the notebook is not open or the cell is gone. */
export function cellNumber(
  notebooks: INotebookTracker | null,
  path: string,
  cell: string
): number | null {
  const cells = openNotebook(notebooks, path)?.content.model?.cells ?? [];
  let number = 0;
  for (const model of cells) {
    if (model.type === 'code') {
      number += 1;
      if (model.id === cell) {
        return number;
      }
    }
  }
  return null;
}

/** Makes a cell the active one and shows it; does nothing where it is not there. */
export async function revealCell(
  notebooks: INotebookTracker | null,
  path: string,
  cell: string
): Promise<void> {
  const notebook = openNotebook(notebooks, path)?.content;
  const index = [...(notebook?.model?.cells ?? [])].findIndex(
    model => model.id === cell
  );
  if (notebook && index >= 0) {
    notebook.activeCellIndex = index;
    await notebook.scrollToCell(notebook.widgets[index], 'center');
  }
}

/** `path` is that of the contents API. */
function openNotebook(
  notebooks: INotebookTracker | null,
  path: string
): NotebookPanel | undefined {
  return notebooks?.find(({ context }) => context.localPath === path);
}
