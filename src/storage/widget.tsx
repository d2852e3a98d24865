/** Owns the widget of the storage view. */
import {
  StorageView,
  type StorageCallbacks,
  type StorageModel as ViewModel,
  type Trans
} from '@dotscience/views';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import React from 'react';

import { CommandIDs } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';
import type { IStorageRef, StorageModel } from './model';

export interface IStorageOptions {
  readonly commands: CommandRegistry;
  readonly model: WorkspaceModel;
  readonly storage: StorageModel;
  readonly trans: Trans;
}

export class StorageContent extends ReactWidget {
  private readonly _options: IStorageOptions;
  private _watching: IDisposable | null = null;

  constructor(options: IStorageOptions) {
    super();
    this._options = options;
    this.addClass('jp-DotscienceStorage');
    options.storage.changed.connect(this._onChanged, this);
  }

  get ref(): IStorageRef {
    return this._options.storage.ref;
  }

  /** Begins a check of every stored byte. */
  verify(): void {
    void this._options.storage.verify(false);
  }

  override dispose(): void {
    this._watching?.dispose();
    this._options.storage.dispose();
    super.dispose();
  }

  protected override onBeforeShow(): void {
    this._watching ??= this._options.model.watch();
    void this._options.storage.open();
  }

  protected override onAfterHide(): void {
    this._watching?.dispose();
    this._watching = null;
  }

  protected override render(): JSX.Element {
    return (
      <StorageView
        model={this._viewModel()}
        callbacks={storageCallbacks(this._options)}
        trans={this._options.trans}
      />
    );
  }

  private _viewModel(): ViewModel {
    const { storage } = this._options;
    const { state, ref, jobs, failure } = storage;
    switch (state.kind) {
      case 'loading':
        return { phase: 'loading' };
      case 'failed':
        return { phase: 'error', error: state.failure.body };
      case 'shown':
        return {
          phase: 'ready',
          workspace: ref.name,
          storage: state.storage,
          verify: state.verify,
          jobs,
          failure: failure?.body ?? null
        };
    }
  }

  private _onChanged(): void {
    if (this.isVisible) {
      this.update();
    }
  }
}

/** What the buttons of the storage view do. */
export function storageCallbacks({
  commands,
  storage
}: IStorageOptions): StorageCallbacks {
  const { workspace } = storage.ref;
  return {
    openRun: run =>
      void commands.execute(CommandIDs.openRun, { run, workspace }),
    setBudget: bytes => storage.setBudget(bytes),
    planFreeing: () => storage.gc(false),
    free: () => storage.gc(true),
    keepRuns: () => storage.keepRuns(),
    pin: (run, pinned) => storage.pin(run, pinned),
    verify: () => void storage.verify(false),
    repair: () => void storage.verify(true),
    cancelJob: job => void commands.execute(CommandIDs.cancelJob, { job }),
    retry: () => void storage.open()
  };
}
