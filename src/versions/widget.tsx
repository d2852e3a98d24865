/** Owns the widget of a file's versions; drawn, and fresh, while it can be seen. */
import { pathText } from '@dotscience/core';
import { Versions, type Trans, type VersionsModel } from '@dotscience/views';
import { PathExt } from '@jupyterlab/coreutils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import React from 'react';

import type { IBringing } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';
import { placeOf, versionsCallbacks } from './callbacks';
import type { FileVersions } from './model';

export interface IVersionsOptions {
  readonly commands: CommandRegistry;
  readonly model: WorkspaceModel;
  readonly versions: FileVersions;
  readonly bringing: IBringing;
  readonly trans: Trans;
}

export class VersionsContent extends ReactWidget {
  private readonly _options: IVersionsOptions;
  private readonly _titleChanged = new Signal<this, string>(this);
  private readonly _over = new Set<string>();
  private _watching: IDisposable | null = null;

  constructor(options: IVersionsOptions) {
    super();
    this._options = options;
    this.addClass('jp-DotscienceVersions');
    options.versions.changed.connect(this._onChanged, this);
    options.bringing.changed.connect(this._onActs, this);
  }

  get versions(): FileVersions {
    return this._options.versions;
  }

  get titleChanged(): ISignal<this, string> {
    return this._titleChanged;
  }

  override dispose(): void {
    this._watching?.dispose();
    this._options.versions.dispose();
    super.dispose();
  }

  protected override onBeforeShow(): void {
    this._watching ??= this._options.model.watch();
    this._options.versions.refresh();
    this.update();
  }

  protected override onAfterHide(): void {
    this._watching?.dispose();
    this._watching = null;
  }

  protected override render(): JSX.Element {
    return (
      <Versions
        model={this._viewModel()}
        callbacks={versionsCallbacks(this._options)}
        trans={this._options.trans}
      />
    );
  }

  private _viewModel(): VersionsModel {
    const { versions, bringing } = this._options;
    const { state, chosen } = versions;
    switch (state.kind) {
      case 'nothing':
        return { phase: 'nothing' };
      case 'loading':
        return { phase: 'loading', path: state.path };
      case 'failed':
        return { phase: 'error', path: state.path, error: state.failure.body };
      case 'shown':
        return {
          phase: 'ready',
          path: state.file.path,
          versions: state.versions,
          chosen,
          missed: versions.missed,
          acts: bringing.at(placeOf(state.file)),
          stale: state.trouble?.body ?? null
        };
    }
  }

  // What was brought back may be a version that is there already: only the mark of now moves.
  private _onActs(): void {
    const { versions, bringing } = this._options;
    const { state } = versions;
    const place = state.kind === 'shown' ? placeOf(state.file) : null;
    const over = (place === null ? [] : bringing.at(place)).filter(
      act => act.state.kind === 'done' && !this._over.has(act.id)
    );
    over.forEach(({ id }) => this._over.add(id));
    if (over.length > 0) {
      void versions.retry();
    }
    this._onChanged();
  }

  private _onChanged(): void {
    const { wanted } = this._options.versions;
    if (wanted) {
      const path = 'jupyterPath' in wanted ? wanted.jupyterPath : wanted.path;
      this._titleChanged.emit(PathExt.basename(pathText(path)));
    }
    if (this.isVisible) {
      this.update();
    }
  }
}
