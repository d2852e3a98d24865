/** Owns the sidebar panel: the view of the workspace, drawn only while it can be seen. */
import { WorkspacePanel, type Trans } from '@dotscience/views';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import React from 'react';

import { markIcon, markLiveIcon } from '../icons';
import type { IRunPages } from '../tokens';
import { panelCallbacks, type IPanelHost } from './callbacks';
import { panelModel } from './model';

/** Id of the panel's widget in the shell. */
export const PANEL_ID = 'dotscience-panel';

export interface IPanelOptions extends IPanelHost {
  readonly pages: IRunPages;
  readonly trans: Trans;
}

export class Panel extends ReactWidget {
  private readonly _options: IPanelOptions;
  private _watching: IDisposable | null = null;

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
  }

  override dispose(): void {
    this._watching?.dispose();
    super.dispose();
  }

  protected override onBeforeShow(): void {
    this._watching ??= this._options.model.watch();
    void this._options.model.look();
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
        model={panelModel(model, preferences, this._selected())}
        callbacks={panelCallbacks(this._options)}
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
    const live = (this._options.model.status?.running.length ?? 0) > 0;
    this.title.icon = live && !this.isVisible ? markLiveIcon : markIcon;
    if (this.isVisible) {
      this.update();
    }
  }
}
