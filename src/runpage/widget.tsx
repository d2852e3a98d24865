/** Owns the widget of a run page; its title is the run's. */
import { runTitle } from '@dotscience/core';
import {
  RunPage,
  type RunPageModel as ViewModel,
  type Trans
} from '@dotscience/views';
import { Clipboard } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import React from 'react';

import type { IRunRef } from '../commands/context';
import type { IPreferences } from '../preferences/model';
import type { WorkspaceModel } from '../workspace/model';
import type { IBringing } from '../tokens';
import { placeOf, runPageCallbacks } from './callbacks';
import type { RunPageModel } from './model';

export interface IRunPageOptions {
  readonly commands: CommandRegistry;
  readonly model: WorkspaceModel;
  readonly page: RunPageModel;
  readonly preferences: IPreferences;
  readonly bringing: IBringing;
  readonly trans: Trans;
}

export class RunPageContent extends ReactWidget {
  private readonly _options: IRunPageOptions;
  private readonly _titleChanged = new Signal<this, string>(this);
  private _watching: IDisposable | null = null;

  constructor(options: IRunPageOptions) {
    super();
    this._options = options;
    this.addClass('jp-DotscienceRunPage');
    options.page.changed.connect(this._onChanged, this);
    options.preferences.changed.connect(this.update, this);
    options.bringing.changed.connect(this._onChanged, this);
  }

  /** The run that is shown. */
  get run(): IRunRef {
    return this._options.page.ref;
  }

  get titleChanged(): ISignal<this, string> {
    return this._titleChanged;
  }

  /** Opens the form that runs it again. */
  askToRunAgain(): void {
    this._options.page.repeating.ask(true);
  }

  override dispose(): void {
    this._watching?.dispose();
    this._options.page.dispose();
    super.dispose();
  }

  protected override onBeforeShow(): void {
    this._watching ??= this._options.model.watch();
    this._options.page.refresh();
  }

  protected override onAfterHide(): void {
    this._watching?.dispose();
    this._watching = null;
  }

  protected override render(): JSX.Element {
    return (
      <RunPage
        model={this._viewModel()}
        callbacks={runPageCallbacks(this._options, Clipboard.copyToSystem)}
        trans={this._options.trans}
      />
    );
  }

  private _viewModel(): ViewModel {
    const { model, page, preferences } = this._options;
    const { state } = page;
    switch (state.kind) {
      case 'loading':
        return { phase: 'loading' };
      case 'failed':
        return { phase: 'error', error: state.failure.body };
      case 'shown': {
        const here = model.workspace?.id === page.ref.workspace;
        return {
          phase: 'ready',
          run: state.run,
          runs: here ? model.runs : null,
          metric: preferences.defaultMetric || null,
          directions: preferences.directions,
          jobs: here ? (model.status?.jobs ?? []) : [],
          parts: page.parts.state,
          rerun: page.repeating.state,
          acts: this._options.bringing.at(placeOf(page.ref))
        };
      }
    }
  }

  private _onChanged(): void {
    const { state } = this._options.page;
    if (state.kind === 'shown') {
      this._titleChanged.emit(runTitle(state.run));
    }
    if (this.isVisible) {
      this.update();
    }
  }
}
