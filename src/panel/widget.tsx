/** Owns the sidebar panel: the view of the workspace, drawn only while it can be seen. */
import { WorkspacePanel, type WantedCurve } from '@dotscience/views';
import { PathExt } from '@jupyterlab/coreutils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import React from 'react';

import { markIcon, markLiveIcon } from '../icons';
import type { IRunPages } from '../tokens';
import { panelCallbacks, type IPanelHost } from './callbacks';
import { cellNumber } from './cells';
import { panelModel } from './model';

/** Id of the panel's widget in the shell. */
export const PANEL_ID = 'dotscience-panel';

export interface IPanelOptions extends IPanelHost {
  readonly pages: IRunPages;
}

export class Panel extends ReactWidget {
  private readonly _options: IPanelOptions;
  private _watching: IDisposable | null = null;
  /** Replica id of the workspace whose rules are edited. */
  private _editing: string | null = null;
  // Always the same functions: the view asks again when they are others.
  private readonly _wantCurves = (wanted: readonly WantedCurve[]): void =>
    this._options.curves.want(wanted);
  private readonly _cellNumber = (path: string, cell: string): number | null =>
    cellNumber(
      this._options.notebooks,
      PathExt.join(this._options.model.workspace?.api_path ?? '', path),
      cell
    );

  constructor(options: IPanelOptions) {
    super();
    this._options = options;
    const { trans } = options;
    this.id = PANEL_ID;
    this.addClass('jp-DotsciencePanel');
    this.title.icon = markIcon;
    this.title.caption = trans.__('Dotscience: runs and snapshots');
    this.title.dataset = { jpTabLabel: trans.__('Dotscience') };
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Dotscience'));
    options.model.changed.connect(this._onChanged, this);
    options.preferences.changed.connect(this._onChanged, this);
    options.pages.currentChanged.connect(this._onChanged, this);
    options.notebooks?.currentChanged.connect(this._onChanged, this);
    options.curves.changed.connect(this._onChanged, this);
    options.sessions.changed.connect(this._onChanged, this);
    options.folds.changed.connect(this._onChanged, this);
  }

  /** Shows the editor of what this workspace tracks, or the runs again. */
  edit(open: boolean): void {
    this._editing = open ? (this._options.model.workspace?.id ?? null) : null;
    this.update();
  }

  override dispose(): void {
    this._watching?.dispose();
    this._options.curves.dispose();
    this._options.sessions.dispose();
    super.dispose();
  }

  protected override onBeforeShow(): void {
    this._watching ??= this._options.model.watch();
    void this._options.model.look();
    this._options.sessions.refresh();
    this._onChanged();
    this.update();
  }

  protected override onAfterHide(): void {
    this._watching?.dispose();
    this._watching = null;
    this._onChanged();
  }

  protected override render(): JSX.Element {
    const { model, preferences, trans } = this._options;
    return (
      <WorkspacePanel
        model={panelModel(model, preferences, this._selected(), {
          ...this._options,
          cellNumber: this._cellNumber,
          editing: this._editing !== null
        })}
        callbacks={{
          ...panelCallbacks(this._options),
          wantCurves: this._wantCurves,
          editPolicy: open => this.edit(open)
        }}
        trans={trans}
      />
    );
  }

  private _selected(): string | null {
    const shown = this._options.pages.currentWidget?.content.run;
    return shown?.workspace === this._options.model.workspace?.id
      ? (shown?.run ?? null)
      : null;
  }

  private _onChanged(): void {
    const shown = this._options.model.workspace;
    if (shown !== null && shown.id !== this._editing) {
      this._editing = null;
    }
    const live = (this._options.model.status?.running.length ?? 0) > 0;
    this.title.icon = live && !this.isVisible ? markLiveIcon : markIcon;
    if (this.isVisible) {
      this.update();
    }
  }
}
