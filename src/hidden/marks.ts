/**
 * Owns the marks in a notebook's prompt area. A mark lies over the cell's own node, which stays the
 * same when a windowed notebook takes the cell out of the page: nothing is looked up in the page, and
 * nothing moves.
 */
import type { Cell, ICellModel } from '@jupyterlab/cells';
import type { Notebook } from '@jupyterlab/notebook';

import { lookIcon } from '../icons';
import type { Findings, IFinding } from './findings';

const CLASS = 'jp-DotscienceHidden';
const MARKED = 'jp-mod-dotscienceHidden';

export interface IMarked {
  readonly label: string;
  explain(mark: HTMLElement, findings: readonly IFinding[]): void;
}

export class Marks {
  private readonly _notebook: Notebook;
  private readonly _marked: IMarked;
  private readonly _shown = new Map<Cell<ICellModel>, HTMLElement>();

  constructor(notebook: Notebook, marked: IMarked) {
    this._notebook = notebook;
    this._marked = marked;
  }

  /** Marks these cells and no others. */
  show(findings: Findings): void {
    const wanted = new Set<Cell<ICellModel>>();
    for (const cell of findings.size > 0 ? this._notebook.widgets : []) {
      const found = findings.get(cell.model.id);
      if (found) {
        wanted.add(cell);
        this._mark(cell, found);
      }
    }
    for (const [cell, mark] of this._shown) {
      if (!wanted.has(cell)) {
        mark.remove();
        cell.removeClass(MARKED);
        this._shown.delete(cell);
      }
    }
  }

  private _mark(cell: Cell<ICellModel>, findings: readonly IFinding[]): void {
    const sentence = findings.map(({ sentence }) => sentence).join(' ');
    const mark = this._shown.get(cell) ?? this._made(cell);
    mark.title = sentence;
    mark.setAttribute('aria-label', `${this._marked.label} ${sentence}`);
    mark.onclick = event => {
      event.stopPropagation();
      this._marked.explain(mark, findings);
    };
  }

  private _made(cell: Cell<ICellModel>): HTMLElement {
    const mark = document.createElement('button');
    mark.type = 'button';
    mark.className = CLASS;
    lookIcon.element({ container: mark });
    // Pressing it neither selects the cell nor drags it.
    mark.onmousedown = event => event.stopPropagation();
    cell.addClass(MARKED);
    cell.node.append(mark);
    this._shown.set(cell, mark);
    return mark;
  }
}
