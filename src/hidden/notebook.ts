/** Owns the hidden state of one open notebook: when to ask, and which cells to mark. */
import { isCodeCellModel, type ICellModel } from '@jupyterlab/cells';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { Trans } from '@dotscience/views';

import type { WorkspaceModel } from '../workspace/model';
import { explain } from './explain';
import {
  editedFinding,
  findingsOf,
  NO_FINDINGS,
  ranIn,
  type Findings,
  type IFinding
} from './findings';
import { HiddenState } from './follow';
import { Marks } from './marks';

interface IHost {
  readonly model: WorkspaceModel;
  readonly trans: Trans;
  /** Whether this notebook is the one that the user works in. */
  isCurrent(panel: NotebookPanel): boolean;
  goTo(panel: NotebookPanel, cell: string): void;
}

export class HiddenInNotebook {
  private readonly _panel: NotebookPanel;
  private readonly _host: IHost;
  private readonly _state: HiddenState;
  private readonly _marks: Marks;
  private readonly _followed = new WeakSet<ICellModel>();
  private _close: (() => void) | null = null;

  constructor(panel: NotebookPanel, host: IHost) {
    this._panel = panel;
    this._host = host;
    const { trans } = host;
    this._state = new HiddenState(host.model, () => this._path());
    this._marks = new Marks(panel.content, {
      label: trans.__('Hidden state:'),
      explain: (mark, findings) => this._explain(mark, findings)
    });
    this._state.changed.connect(this._draw, this);
    NotebookActions.executed.connect(this._onExecuted, this);
    panel.context.saveState.connect(this._onSaved, this);
    panel.sessionContext.statusChanged.connect(this._onStatus, this);
    panel.content.modelContentChanged.connect(this._followCells, this);
    panel.disposed.connect(this._onDisposed, this);
    void panel.context.ready.then(() => this.look());
  }

  /** Asks now: the notebook has become the current one. */
  look(): void {
    if (!this._panel.isDisposed) {
      this._followCells();
      this._state.request();
    }
  }

  private _onExecuted(
    _: unknown,
    { notebook }: { readonly notebook: unknown }
  ): void {
    if (notebook === this._panel.content) {
      this._state.request();
    }
  }

  private _onSaved(_: unknown, state: DocumentRegistry.SaveState): void {
    if (state === 'completed') {
      this._state.request();
    }
  }

  private _onStatus(_: unknown, status: string): void {
    if (
      ['restarting', 'autorestarting', 'terminating', 'dead'].includes(status)
    ) {
      this._state.forget();
    }
  }

  private _onDisposed(): void {
    this._close?.();
    this._state.dispose();
    NotebookActions.executed.disconnect(this._onExecuted, this);
  }

  // Each cell's model tells when its text is not what ran; a cell is followed once.
  private _followCells(): void {
    for (const cell of this._panel.content.model?.cells ?? []) {
      if (!this._followed.has(cell)) {
        this._followed.add(cell);
        cell.stateChanged.connect(this._onCell, this);
      }
    }
  }

  private _onCell(_: unknown, change: { readonly name: string }): void {
    if (change.name === 'isDirty' && this._state.answer) {
      this._draw();
    }
  }

  private _draw(): void {
    if (!this._panel.isDisposed) {
      this._marks.show(this._findings());
    }
  }

  private _findings(): Findings {
    const { answer } = this._state;
    if (!answer) {
      return NO_FINDINGS;
    }
    const { trans } = this._host;
    const findings = new Map(findingsOf(answer, trans));
    const ran = ranIn(answer);
    for (const cell of this._panel.content.model?.cells ?? []) {
      const edited = isCodeCellModel(cell) && cell.isDirty;
      if (edited && ran.has(cell.id) && !findings.has(cell.id)) {
        findings.set(cell.id, [editedFinding(trans)]);
      }
    }
    return findings;
  }

  /** In the workspace; null while the notebook is not current or lies elsewhere. */
  private _path(): string | null {
    const root = this._host.model.workspace?.api_path;
    const { localPath } = this._panel.context;
    if (!this._host.isCurrent(this._panel) || typeof root !== 'string') {
      return null;
    }
    const prefix = root === '' ? '' : `${root}/`;
    return localPath.startsWith(prefix) ? localPath.slice(prefix.length) : null;
  }

  private _explain(mark: HTMLElement, findings: readonly IFinding[]): void {
    const { trans, goTo } = this._host;
    this._close?.();
    this._close = explain(
      mark,
      findings,
      {
        title: trans.__('Not what the saved notebook gives'),
        hint: trans.__(
          'Run these cells again in order, or restart the kernel and run all, to be sure.'
        ),
        show: cell => trans.__('Show %1', cell)
      },
      cell => goTo(this._panel, cell)
    );
  }
}
