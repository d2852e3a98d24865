import '@testing-library/jest-dom';
import type { RunStorage, Storage, VerifyReport } from '@dotscience/core';
import {
  act,
  cleanup,
  fireEvent,
  render,
  screen,
  within
} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import { aJob, NOW, STILL } from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import type { StorageCallbacks, StorageModel } from '../props';
import { StorageView } from '../StorageView';

const aRow = (n: number, over: Partial<RunStorage> = {}): RunStorage => ({
  run: `run-${n}`,
  title: `Run ${n}`,
  time: NOW,
  alone_bytes: n * 1_000_000,
  kept_for: [],
  thinned: false,
  repeats: null,
  ...over
});

const rows = (count: number): RunStorage[] =>
  Array.from({ length: count }, (_, n) => aRow(count - n));

const aStorage = (over: Partial<Storage> = {}): Storage => ({
  counted: NOW,
  bytes: 12_000_000_000,
  chunks_bytes: 11_000_000_000,
  objects_bytes: 900_000_000,
  records_bytes: 100_000_000,
  free_bytes: 80_000_000_000,
  budget_bytes: 50_000_000_000,
  budget_default: true,
  unused_bytes: 0,
  runs: rows(3),
  plan: null,
  ...over
});

const aPlan = (over: Partial<NonNullable<Storage['plan']>> = {}) => ({
  due: null,
  announced: null,
  bytes: 3_200_000_000,
  runs: [
    { run: 'run-1', title: 'Run 1', time: NOW, bytes: 2e9, files: 2 },
    { run: 'run-2', title: 'Run 2', time: NOW, bytes: 3.2e9, files: 1 }
  ],
  ...over
});

const aReport = (over: Partial<VerifyReport> = {}): VerifyReport => ({
  time: NOW,
  duration_s: 12.3,
  checked_bytes: 12e9,
  checked: 4210,
  damaged: [],
  runs: [],
  repairable: 0,
  ...over
});

const damaged = aReport({
  damaged: [
    {
      what: 'xorb',
      name: '5f3e',
      detail: '2 of 812 chunks have another hash',
      files: [{ path: 'data/a.bin', run: 'run-1', snapshot: null }],
      file_count: 4
    }
  ],
  runs: [{ run: 'run-1', title: 'Run 1', files: 4 }],
  repairable: 1
});

function show(
  storage: Storage,
  over: Partial<Extract<StorageModel, { phase: 'ready' }>> = {},
  some: Partial<StorageCallbacks> = {}
): jest.MockedObject<Required<StorageCallbacks>> {
  const callbacks = {
    openRun: jest.fn(),
    setBudget: jest.fn(async () => undefined),
    planFreeing: jest.fn(async () => undefined),
    free: jest.fn(async () => undefined),
    pin: jest.fn(async () => undefined),
    keepRuns: jest.fn(async () => undefined),
    verify: jest.fn(),
    repair: jest.fn(),
    cancelJob: jest.fn(),
    retry: jest.fn(),
    ...some
  };
  render(
    <StorageView
      model={{
        phase: 'ready',
        workspace: 'digits',
        storage,
        verify: null,
        jobs: [],
        ...over
      }}
      callbacks={callbacks}
      clock={STILL}
    />
  );
  return callbacks as unknown as jest.MockedObject<Required<StorageCallbacks>>;
}

const titles = (): (string | null)[] =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map(row => within(row).getAllByRole('gridcell')[0].textContent);

describe('StorageView', () => {
  it('says how much is stored of what, and of which budget', () => {
    show(aStorage());
    expect(screen.getByText('Stored').nextSibling).toHaveTextContent('12 GB');
    expect(screen.getByText('Free on the disk').nextSibling).toHaveTextContent(
      '80 GB'
    );
    expect(screen.getByRole('meter')).toHaveAttribute(
      'aria-valuetext',
      '12 GB of 50 GB'
    );
    expect(
      screen.getByRole('textbox', { name: 'Budget (the default)' })
    ).toHaveValue('50 GB');
  });

  it('changes the budget in place, in GB, and goes back to the default', async () => {
    const user = userEvent.setup();
    const callbacks = show(aStorage({ budget_default: false }));
    const field = screen.getByRole('textbox', { name: 'Budget' });
    await user.clear(field);
    await user.type(field, 'all{Enter}');
    expect(field).toBeInvalid();
    await user.clear(field);
    await user.type(field, '20{Enter}');
    expect(callbacks.setBudget).toHaveBeenCalledWith(20_000_000_000);
    await user.click(screen.getByRole('button', { name: 'Use the default' }));
    expect(callbacks.setBudget).toHaveBeenLastCalledWith(null);
  });

  it('says that it is over the budget, and by how much', () => {
    show(aStorage({ budget_bytes: 10_000_000_000 }));
    expect(screen.getByText('2.0 GB over the budget of 10 GB')).toBeVisible();
  });

  it('shows before it frees what that gives up; one button then frees', async () => {
    const user = userEvent.setup();
    const callbacks = show(
      aStorage({ plan: aPlan(), unused_bytes: 800_000_000 })
    );
    await user.click(screen.getByRole('button', { name: 'Free now…' }));
    expect(callbacks.planFreeing).toHaveBeenCalled();
    expect(callbacks.free).not.toHaveBeenCalled();
    expect(
      screen.getByText(
        'Frees 4.0 GB: 800 MB that nothing needs, and large outputs of 2 runs.'
      )
    ).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Free 4.0 GB' }));
    expect(callbacks.free).toHaveBeenCalledTimes(1);
    expect(screen.getByRole('button', { name: 'Free now…' })).toBeVisible();
    expect(screen.getByText(/^What stays for now is younger/)).toBeVisible();
  });

  it('keeps all when that is wanted, and says when there is nothing to free', async () => {
    const user = userEvent.setup();
    const callbacks = show(aStorage({ plan: aPlan() }));
    await user.click(screen.getByRole('button', { name: 'Free now…' }));
    await user.click(screen.getByRole('button', { name: 'Keep all' }));
    expect(callbacks.free).not.toHaveBeenCalled();
  });

  it('says when there is nothing to free', async () => {
    const user = userEvent.setup();
    show(aStorage());
    await user.click(screen.getByRole('button', { name: 'Free now…' }));
    expect(screen.getByText('Nothing can be freed now.')).toBeVisible();
  });

  it('announces what the worker will give up, and what stays', () => {
    const callbacks = show(
      aStorage({ plan: aPlan({ due: '2026-11-24T14:05:00.000000Z' }) })
    );
    const notice = screen.getByRole('region', {
      name: 'Large outputs of 2 runs are given up 24 Nov 14:05'
    });
    expect(notice).toHaveTextContent('Kept: every run with its metrics, code');
    fireEvent.click(screen.getByRole('button', { name: 'Keep these runs' }));
    expect(callbacks.keepRuns).toHaveBeenCalled();
  });

  it('lists runs by what they hold alone, sorts them, and says why they are kept', async () => {
    const user = userEvent.setup();
    show(
      aStorage({
        runs: [
          ...rows(2),
          aRow(9, { kept_for: ['pinned', 'best'], repeats: 'run-1' })
        ]
      })
    );
    expect(titles()).toEqual(['Run 9 run again', 'Run 2', 'Run 1']);
    expect(screen.getByText('pinned, best')).toBeVisible();
    expect(screen.getByTitle('Repeats run run-1')).toHaveTextContent(
      'run again'
    );
    await user.click(screen.getByRole('button', { name: 'Holds alone' }));
    expect(titles()).toEqual(['Run 1', 'Run 2', 'Run 9 run again']);
    expect(
      screen.getByRole('columnheader', { name: 'Holds alone' })
    ).toHaveAttribute('aria-sort', 'ascending');
  });

  it('is moved in, opened and pinned by keys', () => {
    const callbacks = show(aStorage());
    const grid = screen.getByRole('grid');
    grid.focus();
    fireEvent.keyDown(grid, { key: 'ArrowDown' });
    fireEvent.keyDown(grid, { key: 'Enter' });
    expect(callbacks.openRun).toHaveBeenCalledWith('run-2');
    fireEvent.keyDown(grid, { key: 'End' });
    fireEvent.keyDown(grid, { key: 'p' });
    expect(callbacks.pin).toHaveBeenCalledWith('run-1', true);
    const active = grid.getAttribute('aria-activedescendant');
    expect(document.getElementById(active ?? '')).toHaveTextContent('Run 1');
  });

  it('unpins what is pinned', async () => {
    const user = userEvent.setup();
    const callbacks = show(
      aStorage({ runs: [aRow(1, { kept_for: ['pinned'] })] })
    );
    const button = screen.getByRole('button', { name: 'Pin Run 1' });
    expect(button).toHaveAttribute('aria-pressed', 'true');
    await user.click(button);
    expect(callbacks.pin).toHaveBeenCalledWith('run-1', false);
  });

  it('holds few of 10,000 runs in the page, and reaches all', () => {
    const callbacks = show(aStorage({ runs: rows(10_000) }));
    expect(screen.getAllByRole('row').length).toBeLessThan(50);
    expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', '10001');
    const grid = screen.getByRole('grid');
    fireEvent.keyDown(grid, { key: 'End' });
    expect(screen.getByText('Run 1')).toBeVisible();
    fireEvent.keyDown(grid, { key: 'Enter' });
    expect(callbacks.openRun).toHaveBeenCalledWith('run-1');
  });

  it('shows a check that goes on, with its progress and a way to stop it', async () => {
    const user = userEvent.setup();
    const job = aJob({
      kind: 'verify',
      line: 'epoch 1',
      title: 'Check of every stored byte',
      unit: 'bytes'
    });
    const callbacks = show(aStorage(), { jobs: [job] });
    expect(screen.getByRole('progressbar')).toBeVisible();
    expect(screen.getByText('epoch 1')).toBeVisible();
    await user.click(screen.getByRole('button', { name: /^Cancel/ }));
    expect(callbacks.cancelJob).toHaveBeenCalledWith('job-1');
    await user.click(screen.getByRole('button', { name: 'Verify' }));
    expect(callbacks.verify).not.toHaveBeenCalled();
  });

  it('says that nothing is damaged', async () => {
    const user = userEvent.setup();
    const callbacks = show(aStorage(), { verify: aReport() });
    expect(screen.getByText('Nothing is damaged')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Verify' }));
    expect(callbacks.verify).toHaveBeenCalled();
  });

  it('names what is damaged, the runs it touches, and repairs what can be', async () => {
    const user = userEvent.setup();
    const callbacks = show(aStorage({ runs: [] }), { verify: damaged });
    expect(screen.getByText('1 thing in the store is damaged')).toBeVisible();
    expect(screen.getByText('data/a.bin, + 3')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Run 1' }));
    expect(callbacks.openRun).toHaveBeenCalledWith('run-1');
    await user.click(screen.getByRole('button', { name: 'Repair 1' }));
    expect(callbacks.repair).toHaveBeenCalled();
  });

  it('says when no run needs what is damaged', () => {
    const [thing] = damaged.damaged;
    const unneeded = { ...thing, files: [], file_count: 0 };
    const verify = { ...damaged, runs: [], repairable: 0 };
    show(aStorage(), { verify: { ...verify, damaged: [unneeded] } });
    expect(screen.getByText('No run needs any of it.')).toBeVisible();
    expect(screen.queryByText(/backup/)).toBeNull();
    cleanup();
    // What a damaged record said is not known.
    show(aStorage(), {
      verify: { ...verify, damaged: [{ ...unneeded, what: 'record' }] }
    });
    expect(screen.queryByText('No run needs any of it.')).toBeNull();
    expect(screen.getByText(/backup/)).toBeVisible();
  });

  it('is empty, not yet counted, loading, or says what went wrong', async () => {
    const { unmount } = render(
      <StorageView
        model={{ phase: 'loading' }}
        callbacks={{ openRun: jest.fn() }}
      />
    );
    expect(await screen.findByRole('status')).toBeVisible();
    unmount();
    show(aStorage({ runs: [] }));
    expect(screen.getByText(/No run holds anything yet/)).toBeVisible();
    show(aStorage({ counted: null }));
    expect(screen.getByText('Counting what each run holds.')).toBeVisible();
  });

  it('says what failed, and tries again', async () => {
    const user = userEvent.setup();
    const retry = jest.fn();
    const error = {
      code: 'x',
      message: 'The tracking process does not answer.',
      kept: 'Everything.',
      next: 'It is started again by itself.',
      retryable: true
    };
    render(
      <StorageView
        model={{ phase: 'error', error }}
        callbacks={{ openRun: jest.fn(), retry }}
      />
    );
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(retry).toHaveBeenCalled();
  });

  it('shows texts of runs as text', () => {
    show(aStorage({ runs: [aRow(1, { title: HOSTILE })] }));
    expect(injected(document.body)).toEqual([]);
  });

  it('has nothing for axe to find', async () => {
    show(aStorage({ plan: aPlan(), unused_bytes: 5 }), { verify: damaged });
    await act(async () => undefined);
    expect(await violations(document.body)).toEqual([]);
  });
});
