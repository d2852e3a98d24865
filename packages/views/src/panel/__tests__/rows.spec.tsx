import '@testing-library/jest-dom';

import type { RunStore, RunSummary } from '@dotscience/core';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import {
  aLiveRun,
  aRun,
  aStatus,
  aStore,
  aWorkspace,
  feed,
  STILL,
  values
} from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import type { WorkspacePanelCallbacks, WorkspacePanelModel } from '../props';
import { WorkspacePanel } from '../WorkspacePanel';

const nothing = (): void => undefined;

function show(
  runs: readonly RunSummary[],
  more: Partial<WorkspacePanelModel> = {},
  callbacks: Partial<WorkspacePanelCallbacks> = {}
) {
  const store = aStore(runs);
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
    runs: store,
    error: null,
    selected: null,
    metric: null,
    directions: {},
    ...more
  };
  const view = render(
    <WorkspacePanel model={model} callbacks={all} clock={STILL} />
  );
  return { ...view, store };
}

const publish = (store: RunStore, runs: readonly RunSummary[]): void =>
  act(() => feed(store, runs));

const newRuns = (): HTMLElement | null =>
  screen.queryByRole('button', { name: /new runs?$/ });

describe('groups of runs', () => {
  const sweep = [0.91, 0.97, 0.95].map((acc, i) =>
    aRun(i + 2, {
      description: `lr ${i}`,
      group: 'lr sweep',
      metrics: values({ acc })
    })
  );
  const runs = [
    aRun(1, { description: 'Before', metrics: values({ acc: 0.99 }) }),
    ...sweep,
    aRun(5, { description: 'After', metrics: values({ acc: 0.9 }) })
  ];
  const grid = (): HTMLElement => screen.getByRole('treegrid');
  const rows = (): string[] =>
    within(grid())
      .getAllByRole('row')
      .map(row => row.textContent ?? '');
  const group = (): HTMLElement =>
    within(grid()).getByRole('row', { name: /lr sweep/ });

  it('are one row with their best, at the place of the newest', () => {
    const running = [aLiveRun({ group: 'lr sweep' }), aLiveRun({ id: 'b' })];
    show(runs, { status: aStatus({ running }) });
    expect(rows()).toHaveLength(3);
    expect(rows()[1]).toContain('3 runs · 1 running · 10:00 – 12:00');
    expect(rows()[1]).toContain('0.97−0.02');
    expect(group()).toHaveAttribute('aria-expanded', 'false');
  });

  it('unfold by click and fold again', async () => {
    show(runs);
    await userEvent.click(group());
    expect(group()).toHaveAttribute('aria-expanded', 'true');
    expect(rows()).toHaveLength(6);
    expect(rows()[2]).toContain('lr 2');
    const [, , member] = within(grid()).getAllByRole('row');
    expect(member).toHaveAttribute('aria-level', '2');
    await userEvent.click(group());
    expect(rows()).toHaveLength(3);
  });

  it('are walked, unfolded and folded by keys', async () => {
    const openRun = jest.fn();
    show(runs, {}, { openRun });
    act(() => grid().focus());
    const active = (): string | null | undefined =>
      document.getElementById(
        grid().getAttribute('aria-activedescendant') ?? ''
      )?.textContent;
    await userEvent.keyboard('{ArrowDown}');
    expect(active()).toContain('lr sweep');
    await userEvent.keyboard('{ArrowRight}{ArrowRight}');
    expect(active()).toContain('lr 2');
    await userEvent.keyboard('{ArrowDown}{Enter}');
    expect(openRun).toHaveBeenCalledWith(sweep[1].id);
    await userEvent.keyboard('{ArrowLeft}');
    expect(active()).toContain('lr sweep');
    await userEvent.keyboard('{ArrowLeft}');
    expect(rows()).toHaveLength(3);
    await userEvent.keyboard('{Enter}');
    expect(rows()).toHaveLength(6);
  });

  it('stay folded and unfolded as the host keeps them', async () => {
    const keepOpenGroups = jest.fn();
    show(runs, { openGroups: ['lr sweep'] }, { keepOpenGroups });
    expect(rows()).toHaveLength(6);
    await userEvent.click(group());
    expect(keepOpenGroups).toHaveBeenCalledWith([]);
  });

  it('of one run are a run', () => {
    show([aRun(1), aRun(2, { group: 'alone' })]);
    expect(screen.getByRole('listbox')).toBeInTheDocument();
  });

  it('count 200 runs as one row, and take one in without unfolding', () => {
    const many = Array.from({ length: 200 }, (_, i) =>
      aRun(i + 1, { group: 'big', metrics: values({ acc: 0.5 }) })
    );
    const { store } = show(many);
    expect(rows()).toHaveLength(1);
    publish(store, [
      aRun(201, { group: 'big', metrics: values({ acc: 0.6 }) })
    ]);
    expect(rows()[0]).toContain('201 runs');
    expect(rows()[0]).toContain('0.6');
  });

  it('axe finds nothing wrong; names are text', async () => {
    const hostile = [1, 2].map(seq => aRun(seq, { group: HOSTILE }));
    const { container } = show(hostile);
    await userEvent.click(screen.getByRole('row'));
    expect(injected(container)).toEqual([]);
    expect(await violations(container)).toEqual([]);
  });
});

it('a run with other metrics says which one it has not', () => {
  show([
    aRun(1, { metrics: values({ loss: 0.5 }) }),
    aRun(2, { metrics: values({ acc: 0.5 }) }),
    aRun(3, { metrics: values({ acc: 0.6 }) })
  ]);
  expect(
    screen.getByText('no acc').closest('[role="option"]')
  ).toHaveTextContent('Run 1');
});

describe('how a run ended', () => {
  it.each([
    ['ended', 'ended without publishing', 'Ended without publishing'],
    ['crashed', 'crashed', 'Crashed'],
    ['lost', 'lost with its machine', 'Lost with its machine'],
    [null, 'interrupted', 'Interrupted']
  ] as const)('%s', (ending, text, word) => {
    show([aRun(1, { state: 'interrupted', ending })]);
    const row = screen.getByRole('option');
    expect(row).toHaveTextContent(text);
    expect(within(row).getByRole('img', { name: word })).toBeInTheDocument();
  });

  it('is said also beside a metric', () => {
    const metrics = values({ acc: 0.5 });
    show([aRun(1, { state: 'interrupted', ending: 'crashed', metrics })]);
    expect(
      within(screen.getByRole('listbox')).getByRole('option')
    ).toHaveTextContent('0.5crashed');
  });

  it.each([
    ['interrupted', 60, 'crashed at 12/60'],
    ['interrupted', null, 'crashed at 12'],
    ['failed', 60, 'at 12/60']
  ] as const)('and how far it was: %s of %s', (state, stopped_of, text) => {
    const ending = state === 'interrupted' ? 'crashed' : null;
    show([aRun(1, { state, ending, stopped_at: 12, stopped_of })]);
    expect(screen.getByRole('option')).toHaveTextContent(text);
  });
});

it('a repetition is marked, and says what it repeats', () => {
  const original = aRun(1, { description: 'Scores' });
  const repetition = { description: 'Scores', repeats: original.id };
  show([original, aRun(2, repetition)]);
  const [newest, oldest] = screen.getAllByRole('option');
  expect(newest).toHaveTextContent('run again');
  expect(within(newest).getByTitle('Repeats run 00000001')).toBeInTheDocument();
  expect(oldest).not.toHaveTextContent('run again');
});

describe('rows hold still', () => {
  const first = [
    aRun(1, { description: 'One' }),
    aRun(2, { description: 'Two' })
  ];
  const texts = (): string[] =>
    screen.getAllByRole('option').map(option => option.textContent ?? '');

  it('while the pointer is in the list: new runs wait and are counted', async () => {
    const { store } = show(first);
    await userEvent.hover(screen.getByRole('listbox'));
    publish(store, [aRun(3), aRun(4), aRun(5)]);
    expect(texts()).toHaveLength(2);
    expect(newRuns()).toHaveTextContent('3 new runs');
    await userEvent.unhover(screen.getByRole('listbox'));
    expect(texts()).toHaveLength(5);
    expect(newRuns()).toBeNull();
  });

  it('a click meets the run that was aimed at', async () => {
    const openRun = jest.fn();
    const { store } = show(first, {}, { openRun });
    const aimed = screen.getByRole('option', { name: /Two/ });
    await userEvent.hover(aimed);
    publish(store, [aRun(3)]);
    await userEvent.click(aimed);
    expect(openRun).toHaveBeenCalledWith(first[1].id);
  });

  it('but what changes of them is shown', async () => {
    const { store } = show(first);
    await userEvent.hover(screen.getByRole('listbox'));
    publish(store, [
      aRun(3),
      aRun(2, { revision: 9, description: 'Two, renamed' })
    ]);
    expect(texts()[0]).toContain('Two, renamed');
    expect(newRuns()).toHaveTextContent('1 new run');
  });

  it('while keys move in it, and the button lets them in', async () => {
    const { store } = show(first);
    act(() => screen.getByRole('listbox').focus());
    await userEvent.keyboard('{ArrowDown}');
    publish(store, [aRun(3)]);
    expect(texts()).toHaveLength(2);
    await userEvent.click(newRuns()!);
    expect(texts()).toHaveLength(3);
  });

  it('while it is scrolled down', () => {
    const runs = Array.from({ length: 100 }, (_, i) => aRun(i + 1));
    const { store } = show(runs);
    const list = screen.getByRole('listbox');
    list.scrollTop = 500;
    fireEvent.scroll(list);
    const before = texts();
    publish(store, [aRun(101)]);
    expect(texts()).toEqual(before);
    expect(list.scrollTop).toBe(500);
    expect(newRuns()).toHaveTextContent('1 new run');
  });

  it('not before the first run', async () => {
    const { store } = show([aRun(1)]);
    publish(store, [aRun(2)]);
    expect(texts()).toHaveLength(2);
  });
});
