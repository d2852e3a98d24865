import '@testing-library/jest-dom';

import type { Change } from '@dotscience/core';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import {
  aChange,
  aDraft,
  aRun,
  aStatus,
  aStore,
  aWorkspace,
  STILL
} from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import type { WorkspacePanelCallbacks, WorkspacePanelModel } from '../props';
import { WorkspacePanel } from '../WorkspacePanel';

const nothing = (): void => undefined;

function show(
  more: Partial<WorkspacePanelModel> = {},
  callbacks: Partial<WorkspacePanelCallbacks> = {}
) {
  const all: WorkspacePanelCallbacks = {
    openRun: nothing,
    saveSnapshot: nothing,
    cancelJob: nothing,
    dismissNotice: nothing,
    retry: nothing,
    track: nothing,
    chooseMetric: nothing,
    copyExample: nothing,
    ...callbacks
  };
  const model: WorkspacePanelModel = {
    phase: 'ready',
    workspace: aWorkspace(),
    status: aStatus(),
    runs: aStore([aRun(1)]),
    error: null,
    selected: null,
    metric: null,
    directions: {},
    capture: true,
    drafts: [],
    ...more
  };
  return render(<WorkspacePanel model={model} callbacks={all} clock={STILL} />);
}

const press = (name: RegExp | string): Promise<void> =>
  userEvent.click(screen.getByRole('button', { name }));

const fold = (): HTMLElement =>
  screen.getByRole('button', { name: /^Sessions/ });

describe('sessions', () => {
  const ended = aDraft('d2', {
    notebook: 'sub/plots.ipynb',
    ended: '2026-11-20T18:05:00.000000Z',
    expires: '2026-11-27T18:05:00.000000Z',
    writes: 0
  });

  it('say what they ran, read and wrote, and when they go away', async () => {
    show({ drafts: [ended] });
    expect(fold()).toHaveAttribute('aria-expanded', 'false');
    await userEvent.click(fold());
    const [row] = within(
      screen.getByRole('region', { name: /^Sessions/ })
    ).getAllByRole('listitem');
    expect(row).toHaveTextContent('plots.ipynb');
    expect(row).toHaveTextContent('14 cells · 3 read · expires 27 Nov 18:05');
  });

  it('are open while one goes on', () => {
    show({ drafts: [aDraft('d1')] });
    expect(fold()).toHaveAttribute('aria-expanded', 'true');
    expect(screen.getByRole('img', { name: 'Goes on' })).toBeInTheDocument();
  });

  it('are kept by one click, or with a description', async () => {
    const keepDraft = jest.fn();
    show({ drafts: [aDraft('d1')] }, { keepDraft });
    await press(/^Keep: explore/);
    expect(keepDraft).toHaveBeenLastCalledWith('d1', null);
    await press(/^Keep with a description/);
    await userEvent.keyboard(' a good one {Enter}');
    expect(keepDraft).toHaveBeenLastCalledWith('d1', 'a good one');
  });

  it('can be used again when keeping fails', async () => {
    const keepDraft = jest.fn().mockRejectedValue(new Error('no'));
    show({ drafts: [aDraft('d1')] }, { keepDraft });
    await press(/^Keep: explore/);
    expect(
      screen.getByRole('button', { name: /^Keep: explore/ })
    ).not.toHaveAttribute('aria-disabled');
  });

  it('are dismissed', async () => {
    const dropDraft = jest.fn();
    show({ drafts: [aDraft('d1')] }, { keepDraft: nothing, dropDraft });
    await press(/^Dismiss: explore/);
    expect(dropDraft).toHaveBeenCalledWith('d1');
  });

  it('that were kept are runs, not sessions', () => {
    show({ drafts: [aDraft('d1', { kept: true })] });
    expect(fold()).toHaveTextContent(/^Sessions$/);
  });

  it('are turned on where recording is off', async () => {
    const turnOnCapture = jest.fn();
    show({ capture: false }, { turnOnCapture });
    await userEvent.click(fold());
    expect(screen.getByText(/^Recording sessions is off/)).toBeInTheDocument();
    await press('Turn on');
    expect(turnOnCapture).toHaveBeenCalled();
  });

  it('are left out where nothing is known of them', () => {
    show({ drafts: null, capture: null });
    expect(screen.queryByRole('button', { name: /^Sessions/ })).toBeNull();
  });

  it('are what the first minute begins with', () => {
    show({ runs: aStore([]), drafts: [aDraft('d1')] });
    expect(screen.getByText(/^Work as always/)).toBeInTheDocument();
    expect(screen.getByText('explore.ipynb')).toBeInTheDocument();
  });

  it('axe finds nothing wrong; names are text', async () => {
    const { container } = show(
      { drafts: [aDraft('d', { notebook: HOSTILE, error: HOSTILE }), ended] },
      { keepDraft: nothing, dropDraft: nothing }
    );
    await userEvent.click(
      screen.getAllByRole('button', { name: /^Keep with/ })[0]
    );
    expect(injected(container)).toEqual([]);
    expect(await violations(container)).toEqual([]);
  });
});

describe('files that nobody declared', () => {
  const undeclared = aChange('data/splits.json', {
    claim: 'undeclared',
    by: {
      run: 'r1',
      title: 'Split raw digits',
      notebook: 'prepare.ipynb',
      how: 'observed',
      time: '2026-11-21T13:18:00.000000Z'
    }
  });
  const changes = (files: Change[]) =>
    aStatus({
      changes: { since: null, total: files.length, counted: true, files }
    });
  const rows = (): string[] =>
    within(screen.getByRole('region', { name: /^Changes/ }))
      .getAllByRole('listitem')
      .map(row => row.textContent ?? '');

  it('stand first, with who wrote them', () => {
    show(
      { status: changes([aChange('a.py'), undeclared]) },
      { claim: nothing }
    );
    expect(rows()[0]).toContain('data/splits.jsonwritten by run 13:18');
    expect(
      screen.getByRole('img', { name: 'Not declared' })
    ).toBeInTheDocument();
  });

  it('say when that is only likely', () => {
    const by = { ...undeclared.by!, how: 'during' as const };
    show({ status: changes([{ ...undeclared, by }]) });
    expect(rows()[0]).toContain('probably by run 13:18');
  });

  it('become outputs by one click, and the row goes', async () => {
    const claim = jest.fn(() => Promise.resolve());
    show({ status: changes([undeclared, aChange('a.py')]) }, { claim });
    await press('Add as output: data/splits.json');
    expect(claim).toHaveBeenCalledWith('r1', 'data/splits.json', 'output');
    expect(rows()).toHaveLength(1);
  });

  it('or are said to be no part of the run', async () => {
    const claim = jest.fn(() => Promise.resolve());
    show({ status: changes([undeclared]) }, { claim });
    await press('Not part of the run: data/splits.json');
    expect(claim).toHaveBeenCalledWith('r1', 'data/splits.json', 'none');
    expect(screen.getByText('No changes')).toBeInTheDocument();
  });

  it('come back when the answer could not be kept', async () => {
    let fail: (reason: Error) => void = nothing;
    const claim = () => new Promise<void>((_, failed) => (fail = failed));
    show({ status: changes([undeclared]) }, { claim });
    await press('Add as output: data/splits.json');
    expect(screen.getByText('No changes')).toBeInTheDocument();
    await act(async () => fail(new Error('no')));
    expect(rows()).toHaveLength(1);
  });

  it('axe finds nothing wrong', async () => {
    const status = changes([undeclared, aChange('a.py')]);
    const { container } = show({ status }, { claim: nothing });
    expect(await violations(container)).toEqual([]);
  });
});
