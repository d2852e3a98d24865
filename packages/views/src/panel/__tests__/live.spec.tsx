import '@testing-library/jest-dom';

import type { LiveRun } from '@dotscience/core';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import {
  aLiveRun,
  aRun,
  aSeries,
  aStatus,
  aStore,
  aWorkspace,
  STILL,
  values
} from '../../testing/builders';
import type { WorkspacePanelCallbacks, WorkspacePanelModel } from '../props';
import { nextSlots } from '../slots';
import { WorkspacePanel } from '../WorkspacePanel';

const nothing = (): void => undefined;

const CALLBACKS: WorkspacePanelCallbacks = {
  openRun: nothing,
  saveSnapshot: nothing,
  cancelJob: nothing,
  dismissNotice: nothing,
  retry: nothing,
  track: nothing,
  chooseMetric: nothing,
  copyExample: nothing
};

const BEST = aRun(1, { metrics: values({ acc: 0.9908 }) });

function show(
  running: readonly LiveRun[],
  more: Partial<WorkspacePanelModel> = {},
  callbacks: Partial<WorkspacePanelCallbacks> = {}
) {
  const model = (running: readonly LiveRun[]): WorkspacePanelModel => ({
    phase: 'ready',
    workspace: aWorkspace(),
    status: aStatus({ running: [...running] }),
    runs: aStore([BEST]),
    error: null,
    selected: null,
    metric: null,
    directions: {},
    ...more
  });
  const panel = (running: readonly LiveRun[]): JSX.Element => (
    <WorkspacePanel
      model={model(running)}
      callbacks={{ ...CALLBACKS, ...callbacks }}
      clock={STILL}
    />
  );
  const view = render(panel(running));
  return {
    ...view,
    again: (next: readonly LiveRun[]) => view.rerender(panel(next))
  };
}

const card = (name: RegExp): HTMLElement =>
  screen.getByRole('region', { name });

const told = (secondsAgo: number): string =>
  new Date(STILL.now() - secondsAgo * 1_000).toISOString();

describe('a live card', () => {
  const run = aLiveRun({
    metrics: values({ acc: 0.9882 }),
    points: 43,
    last_told: told(1),
    progress: { done: 43, total: 60, label: null, left_s: 53.4 },
    cell: 'c5'
  });

  it('says how far it is, how long it still takes, and where it runs', () => {
    show([run], { cellNumber: () => 5 });
    const live = card(/^Running/);
    expect(live).toHaveTextContent('Step 43 of 60about 53 s left');
    expect(live).toHaveTextContent('train.ipynb, cell 5');
    expect(within(live).getByRole('progressbar')).toHaveAttribute(
      'aria-valuenow',
      '72'
    );
  });

  it.each([
    [{ done: 3, total: null, label: 'epoch', left_s: null }, 'Epoch 3'],
    [
      { done: 3, total: 9, label: ' ', left_s: 5_400 },
      'Step 3 of 9about 2 h left'
    ],
    [{ done: 3, total: 9, label: null, left_s: 600 }, 'about 10 min left']
  ])('words of %j', (progress, text) => {
    show([{ ...run, progress }]);
    expect(card(/^Running/)).toHaveTextContent(text);
  });

  it('draws its curve beside the best, said in a sentence', () => {
    const curves = new Map([[run.id, aSeries('acc', [0.5, 0.9, 0.9882])]]);
    show([run], { curves });
    expect(
      screen.getByRole('img', { name: 'Curve of acc: 3 points, newest 0.9882' })
    ).toBeInTheDocument();
  });

  it('draws no curve of another metric', () => {
    const curves = new Map([[run.id, aSeries('loss', [3, 2, 1])]]);
    show([run], { curves });
    expect(screen.queryByRole('img', { name: /^Curve/ })).toBeNull();
  });

  it('asks for the curves on screen, again only when they are others', () => {
    const wantCurves = jest.fn();
    const { again } = show([run], {}, { wantCurves });
    again([{ ...run, metrics: values({ acc: 0.99 }) }]);
    expect(wantCurves.mock.calls).toEqual([[[{ run: run.id, key: 'acc' }]]]);
    again([]);
    expect(wantCurves).toHaveBeenLastCalledWith([]);
  });

  it('says when nothing came for a minute', () => {
    const { again } = show([{ ...run, last_told: told(59) }]);
    expect(screen.queryByText(/last point/)).toBeNull();
    again([{ ...run, last_told: told(130) }]);
    expect(card(/^Running/)).toHaveTextContent('last point 2 min ago');
    expect(card(/^Running/)).not.toHaveTextContent('left');
  });

  it('is there before the first value', () => {
    show([aLiveRun({ metrics: [] })]);
    expect(card(/^Running/)).toHaveTextContent('Starting');
  });

  it('names its group', () => {
    show([{ ...run, group: 'lr sweep' }]);
    expect(screen.getByTitle('Group lr sweep')).toBeInTheDocument();
  });

  it('opens its cell', async () => {
    const openCell = jest.fn();
    show([run], {}, { openCell });
    await userEvent.click(screen.getByRole('button', { name: 'train.ipynb' }));
    expect(openCell).toHaveBeenCalledWith('train.ipynb', 'c5');
  });
});

describe('several runs', () => {
  const runs = Array.from({ length: 8 }, (_, i) =>
    aLiveRun({ id: `r${i}`, description: `Run number ${i}` })
  );

  it('are three cards and a fold', async () => {
    show(runs);
    expect(screen.getAllByRole('region', { name: /^Running/ })).toHaveLength(3);
    const fold = screen.getByRole('button', { name: '+ 5 running' });
    expect(screen.queryByText('Run number 7')).toBeNull();
    await userEvent.click(fold);
    expect(fold).toHaveAttribute('aria-expanded', 'true');
    expect(screen.getByText('Run number 7')).toBeInTheDocument();
  });
});

describe('places of live runs', () => {
  const [a, b, c] = ['a', 'b', 'c'].map(id => aLiveRun({ id }));
  const ids = (slots: ReturnType<typeof nextSlots>): string[] =>
    slots.map(({ run, over }) => run.id + (over ? ' over' : ''));

  it('go to the next run, so that nothing jumps', () => {
    const two = nextSlots([], [a, b]);
    const ended = nextSlots(two, [b]);
    expect(ids(ended)).toEqual(['a over', 'b']);
    expect(ids(nextSlots(ended, [b, c]))).toEqual(['c', 'b']);
    expect(nextSlots(two, [a, b])).toBe(two);
  });

  it('stay for a moment after the end, then go', () => {
    jest.useFakeTimers();
    const { again } = show([a]);
    again([]);
    expect(card(/^Ended/)).toBeInTheDocument();
    act(() => jest.advanceTimersByTime(2_000));
    expect(screen.queryByRole('region', { name: /^Ended/ })).toBeNull();
    jest.useRealTimers();
  });
});
