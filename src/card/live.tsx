/**
 * Owns the cards of runs that go on, each below the cell that runs: they come when a run says its
 * cell and go when it is over, because the published card then stands in the output.
 */
import { LiveRunCard } from '@dotscience/views';
import type { LiveRun } from '@dotscience/core';
import type { Cell } from '@jupyterlab/cells';
import { PathExt } from '@jupyterlab/coreutils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { PanelLayout } from '@lumino/widgets';
import React from 'react';

import type { LiveCurves } from '../panel/curves';
import type { ICardOptions } from './widget';

export interface ILiveCardsOptions extends ICardOptions {
  readonly notebooks: INotebookTracker;
  readonly curves: LiveCurves;
}

/** A sweep may run many at a time in one cell. */
const CARDS = 3;

export class LiveCards {
  private readonly _options: ILiveCardsOptions;
  private readonly _cards = new Map<string, LiveCard>();
  private readonly _wanted = new Map<string, string>();
  private _watching: IDisposable | null = null;
  private _isUpdating = false;

  constructor(options: ILiveCardsOptions) {
    this._options = options;
    const { model, notebooks, curves, preferences } = options;
    model.changed.connect(this._update, this);
    notebooks.widgetAdded.connect(this._update, this);
    notebooks.currentChanged.connect(this._update, this);
    curves.changed.connect(this._draw, this);
    preferences.changed.connect(this._draw, this);
  }

  private _update(): void {
    // Watching says itself that the model changed.
    if (this._isUpdating) {
      return;
    }
    this._isUpdating = true;
    try {
      const running = (this._options.model.status?.running ?? []).slice(
        0,
        CARDS
      );
      this._removeOver(new Set(running.map(({ id }) => id)));
      running.forEach(run => this._show(run));
      this._watch();
    } finally {
      this._isUpdating = false;
    }
  }

  private _removeOver(running: ReadonlySet<string>): void {
    for (const [id, card] of this._cards) {
      if (!running.has(id) || card.isDisposed) {
        card.dispose();
        this._cards.delete(id);
        this._wanted.delete(id);
        this._want();
      }
    }
  }

  private _show(run: LiveRun): void {
    const card = this._cards.get(run.id);
    if (card) {
      card.run = run;
      return;
    }
    const cell = this._cellOf(run);
    if (cell) {
      const made = new LiveCard(run, this._options, (id, key) => {
        this._wanted.set(id, key);
        this._want();
      });
      // Above what the cell prints: that would push it out of sight.
      const layout = cell.layout as PanelLayout;
      const outputs = layout.widgets.findIndex(widget =>
        widget.hasClass('jp-Cell-outputWrapper')
      );
      layout.insertWidget(outputs < 0 ? layout.widgets.length : outputs, made);
      this._cards.set(run.id, made);
    }
  }

  private _cellOf({ notebook, cell }: LiveRun): Cell | null {
    const { model, notebooks } = this._options;
    const root = model.workspace?.api_path;
    if (notebook === null || cell === null || typeof root !== 'string') {
      return null;
    }
    const path = PathExt.join(root, notebook);
    const panel = notebooks.find(({ context }) => context.localPath === path);
    const found = panel?.content.widgets.find(({ model }) => model.id === cell);
    return found ?? null;
  }

  private _want(): void {
    const wanted = [...this._wanted].map(([run, key]) => ({ run, key }));
    this._options.curves.want(wanted);
  }

  private _watch(): void {
    if (this._cards.size > 0) {
      this._watching ??= this._options.model.watch();
    } else {
      this._watching?.dispose();
      this._watching = null;
    }
  }

  private _draw(): void {
    this._cards.forEach(card => card.update());
  }
}

class LiveCard extends ReactWidget {
  private readonly _options: ILiveCardsOptions;
  private readonly _want: (run: string, key: string) => void;
  private _run: LiveRun;

  constructor(
    run: LiveRun,
    options: ILiveCardsOptions,
    want: (run: string, key: string) => void
  ) {
    super();
    this._run = run;
    this._options = options;
    this._want = want;
    this.addClass('jp-DotscienceLiveCard');
  }

  set run(run: LiveRun) {
    this._run = run;
    this.update();
  }

  protected override render(): JSX.Element {
    const { model, preferences, curves, openRun, trans } = this._options;
    return (
      <LiveRunCard
        run={this._run}
        runs={model.runs}
        metric={preferences.defaultMetric || null}
        directions={preferences.directions}
        curve={curves.curves.get(this._run.id) ?? null}
        wantCurve={this._want}
        openRun={openRun}
        trans={trans}
      />
    );
  }
}
