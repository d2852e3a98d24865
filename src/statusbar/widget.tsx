/** Owns the item in the status bar: a mark, one short text, the panel on a click. */
import { statusText, type StatusText, type Trans } from '@dotscience/views';
import { TextItem } from '@jupyterlab/statusbar';
import { ReactWidget, type LabIcon } from '@jupyterlab/ui-components';
import React from 'react';

import { cameraIcon, lookIcon, runningIcon } from '../icons';
import { phaseOf } from '../panel/model';
import type { WorkspaceModel } from '../workspace/model';

const ICONS: Readonly<Record<StatusText['state'], LabIcon>> = {
  running: runningIcon,
  working: cameraIcon,
  idle: cameraIcon,
  attention: lookIcon,
  offline: lookIcon
};

export class StatusItem extends ReactWidget {
  private readonly _model: WorkspaceModel;
  private readonly _trans: Trans;
  private readonly _open: () => void;

  constructor(model: WorkspaceModel, trans: Trans, open: () => void) {
    super();
    this._model = model;
    this._trans = trans;
    this._open = open;
    this.addClass('jp-DotscienceStatus');
    this.addClass('jp-mod-highlighted');
    model.changed.connect(this.update, this);
  }

  /** False where there is nothing to say. */
  get hasText(): boolean {
    return this._text() !== null;
  }

  protected override render(): JSX.Element | null {
    const said = this._text();
    if (!said) {
      return null;
    }
    const Icon = ICONS[said.state].react;
    return (
      <button
        className={`jp-DotscienceStatus-button jp-mod-${said.state}`}
        onClick={this._open}
        title={said.title}
      >
        <Icon tag="span" className="jp-DotscienceStatus-icon" />
        <TextItem source={said.text} title={said.title} />
      </button>
    );
  }

  private _text(): StatusText | null {
    const { state, workspace, status } = this._model;
    if (state.kind === 'missing') {
      return null; // the panel says it, once
    }
    const { phase } = phaseOf(this._model);
    return statusText({ phase, workspace, status }, this._trans);
  }
}
