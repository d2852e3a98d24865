/** Owns drawing a run card in a cell's output; it learns more of its runs as the workspace does. */
import type { Series } from '@dotscience/core';
import { RunCard, type RunCardData, type Trans } from '@dotscience/views';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ReactWidget } from '@jupyterlab/ui-components';
import React from 'react';

import type { IPreferences } from '../preferences/model';
import type { WorkspaceModel } from '../workspace/model';
import { readCard, RUN_CARD_TYPE } from './data';
import { UndeclaredCounts } from './undeclared';

/** As many as the small curve has pixels. */
const POINTS = 120;

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
  private _curves: ReadonlyMap<string, Series | null> = new Map();
  private readonly _undeclared: UndeclaredCounts;

  constructor(options: ICardOptions) {
    super();
    this._options = options;
    this._undeclared = new UndeclaredCounts(options.model, () =>
      this._onChanged()
    );
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
        curves={this._curves}
        wantCurve={(run, key) => void this._fetchCurve(run, key)}
        undeclared={run => this._undeclared.of(run)}
        openRun={model.state.kind === 'open' ? openRun : undefined}
        trans={trans}
      />
    );
  }

  // A published run's curve stays as it is: one call for one card.
  private async _fetchCurve(run: string, key: string): Promise<void> {
    const { model } = this._options;
    const workspace = model.workspace?.id;
    if (!workspace || this._curves.has(run)) {
      return;
    }
    this._curves = new Map([...this._curves, [run, null]]);
    try {
      const query = { keys: [key], points: POINTS };
      const { series } = await model.client.series(workspace, run, query);
      this._curves = new Map([...this._curves, [run, series[0] ?? null]]);
      this.update();
    } catch {
      // The card does without its curve; what is wrong with the server says the panel.
    }
  }

  private _onChanged(): void {
    if (this.isVisible) {
      this.update();
    }
  }
}
