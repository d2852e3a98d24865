/** Owns drawing a run card in a cell's output; it learns more of its runs as the workspace does. */
import { RunCard, type RunCardData, type Trans } from '@dotscience/views';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import type { IPreferences } from '../preferences/model';
import type { WorkspaceModel } from '../workspace/model';
import { readCard, RUN_CARD_TYPE } from './data';

export interface ICardOptions {
  readonly model: WorkspaceModel;
  readonly preferences: IPreferences;
  readonly trans: Trans;
  openRun(id: string): void;
}

export class RunCardRenderer
  extends ReactWidget
  implements IRenderMime.IRenderer
{
  private readonly _options: ICardOptions;
  private _data: RunCardData | null = null;
  private _text = '';

  constructor(options: ICardOptions) {
    super();
    this._options = options;
    this.addClass('jp-DotscienceRunCard');
    options.model.changed.connect(this._onChanged, this);
    options.preferences.changed.connect(this._onChanged, this);
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._data = readCard(model.data[RUN_CARD_TYPE]);
    this._text = String(model.data['text/plain'] ?? '');
    this.update();
    await this.renderPromise;
  }

  protected override render(): JSX.Element {
    const { model, preferences, trans, openRun } = this._options;
    if (!this._data) {
      return <pre>{this._text}</pre>;
    }
    return (
      <RunCard
        data={this._data}
        runs={model.runs}
        metric={preferences.defaultMetric || null}
        directions={preferences.directions}
        openRun={model.state.kind === 'open' ? openRun : undefined}
        trans={trans}
      />
    );
  }

  private _onChanged(): void {
    if (this.isVisible) {
      this.update();
    }
  }
}
