import '@testing-library/jest-dom';

import type { Version, Versions as Answer } from '@dotscience/core';
import { act, configure, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import { aJob, STILL } from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import {
  aResult,
  aVersion,
  aVersionRun,
  anAct,
  anError,
  someVersions
} from '../../testing/versions';
import type { VersionsCallbacks, VersionsModel } from '../props';
import { Versions } from '../Versions';

// Finding by role is slow in jsdom, on a busy machine very.
jest.setTimeout(30_000);
configure({ asyncUtilTimeout: 10_000 });

type Spies = { [K in keyof Required<VersionsCallbacks>]: jest.Mock };

const spies = (): Spies => ({
  choose: jest.fn(),
  openRun: jest.fn(),
  retry: jest.fn(),
  read: jest.fn(async () => new TextEncoder().encode('a,b\n1,2\n')),
  difference: jest.fn(),
  bringBack: jest.fn(),
  branch: jest.fn(),
  download: jest.fn(),
  saveSnapshot: jest.fn(),
  cancelAct: jest.fn(),
  undoAct: jest.fn(),
  retryAct: jest.fn(),
  bringRest: jest.fn(),
  dismissAct: jest.fn(),
  showFolder: jest.fn(),
  copyText: jest.fn()
});

type Ready = Extract<VersionsModel, { phase: 'ready' }>;

function show(
  answer: Answer,
  over: Partial<Ready> = {},
  callbacks: VersionsCallbacks = spies()
) {
  const model: Ready = {
    phase: 'ready',
    path: answer.path,
    versions: answer,
    chosen: null,
    acts: [],
    ...over
  };
  return render(<Versions model={model} callbacks={callbacks} clock={STILL} />);
}

const rows = (): HTMLElement[] => screen.getAllByRole('option');
const button = (name: string | RegExp): HTMLElement =>
  screen.getByRole('button', { name });
// What a preview reads comes a moment later.
const settle = (): Promise<unknown> =>
  screen.findByRole('region', { name: 'Rows of train.csv' });

describe('the list', () => {
  const THREE = [
    aVersion(0),
    aVersion(1, {
      runs: [
        aVersionRun({ role: 'input', title: 'First try', repeats: 'run-1' })
      ],
      run_count: 4
    }),
    aVersion(2, {
      state: 'thinned',
      content: null,
      runs: [aVersionRun({ title: 'Again', repeats: 'run-2' }), aVersionRun()]
    }),
    aVersion(3, { state: 'fingerprint', content: null, runs: [], run_count: 0 })
  ];

  it('says of each when, how large, who made or read it, and whether it is kept', async () => {
    const { container } = show(someVersions(THREE));
    expect(rows().map(row => row.textContent)).toEqual([
      '13:00as it is now1.0 KBmade by MLP 128-64, alpha 1e-4',
      'Yesterday 13:012.0 KBread by First try (run again), 3 more runs',
      '19 Nov 13:02given up3.0 KBmade by MLP 128-64, alpha 1e-4',
      '18 Nov 13:03not kept4.0 KBin a snapshot'
    ]);
    expect(within(rows()[2]).getByRole('img')).toHaveAccessibleName(
      'Bytes not there'
    );
    await settle();
    expect(await violations(container)).toEqual([]);
  });

  it('is moved through by keys, with what is looked at', async () => {
    const callbacks = spies();
    show(someVersions(THREE), { chosen: THREE[1].ref }, callbacks);
    const list = screen.getByRole('listbox');
    expect(list).toHaveAttribute('aria-activedescendant', rows()[1].id);
    expect(rows()[1]).toHaveAttribute('aria-selected', 'true');
    act(() => list.focus());
    await userEvent.keyboard('{ArrowDown}{ArrowUp}{Home}{End}{Enter}');
    expect(callbacks.choose.mock.calls.flat()).toEqual(
      [2, 0, 0, 3].map(i => THREE[i].ref)
    );
    expect(screen.getByRole('region', { name: /^Version of/ })).toHaveFocus();
    await userEvent.click(rows()[3]);
    expect(callbacks.choose).toHaveBeenLastCalledWith(THREE[3].ref);
    await settle();
  });

  it('holds 500 versions and says that there are older ones', async () => {
    const many = Array.from({ length: 500 }, (_, n) => aVersion(n));
    const { container } = show(someVersions(many, { cut: true }));
    expect(container.querySelectorAll('[role=option]')).toHaveLength(500);
    expect(screen.getByText('the newest 500 versions')).toBeVisible();
    expect(screen.getByText('Older versions are not listed.')).toBeVisible();
    await screen.findByText('The first row, 2 columns.');
  });
});

describe('the file as it is', () => {
  const now = { size: 12, mtime_ns: '1795269840000000000', version: null };

  it('is none of its versions: a snapshot may be taken', async () => {
    const callbacks = spies();
    show(someVersions([aVersion(0)], { now }), {}, callbacks);
    expect(
      screen.getByText(/As it is now: in no snapshot yet/)
    ).toHaveTextContent('Changed 14:04, 12 B');
    await userEvent.click(button('Save snapshot'));
    expect(callbacks.saveSnapshot).toHaveBeenCalled();
    await settle();
  });

  it('is not there any more', async () => {
    const callbacks = spies();
    const gone = someVersions([aVersion(0)], { now: null, kind: 'missing' });
    show(gone, {}, callbacks);
    expect(screen.getByText('Not there now.')).toBeVisible();
    await userEvent.click(button('Bring this file back'));
    expect(callbacks.bringBack).toHaveBeenCalledWith(gone.versions[0]);
    await settle();
  });

  it.each([
    ['file', 'Never in a snapshot'],
    ['folder', 'A folder'],
    ['missing', 'Not there']
  ] as const)('has no versions: %s', async (kind, text) => {
    const { container } = show(someVersions([], { kind, now: null }));
    expect(screen.getByText(text)).toBeVisible();
    expect(await violations(container)).toEqual([]);
  });
});

describe('one version', () => {
  const old = aVersion(1, {
    runs: [
      aVersionRun(),
      ...Array.from({ length: 7 }, (_, i) =>
        aVersionRun({ run: `r${i}`, title: `Reader ${i}`, role: 'read' })
      )
    ],
    run_count: 12
  });
  const both = someVersions([aVersion(0), old]);

  it('is brought back, downloaded, branched from', async () => {
    const callbacks = spies();
    show(both, { chosen: old.ref }, callbacks);
    await userEvent.click(button('Bring this file back'));
    await userEvent.click(button('Download train.csv as it was'));
    await userEvent.click(button('Branch from here…'));
    await userEvent.keyboard('try 2{Enter}');
    expect(callbacks.bringBack).toHaveBeenCalledWith(old);
    expect(callbacks.download).toHaveBeenCalledWith(old);
    expect(callbacks.branch).toHaveBeenCalledWith(old, 'try 2');
    expect(button('Branch from here…')).toHaveFocus();
    await settle();
  });

  it('is not the one of a run that was asked for, and says so', async () => {
    const asked = '9d20e4b7-52d4-4b0e-9a61-0c8f27d1b3aa';
    const { container } = show(both, { missed: asked });
    expect(
      screen.getByRole('region', {
        name: 'None of these is the file of run 9d20e4b7'
      })
    ).toHaveTextContent(
      'It was written again before its bytes were stored, or its snapshot is still to come.Kept: the versions below.'
    );
    await settle();
    expect(await violations(container)).toEqual([]);
  });

  it('lists its runs, each one click away', async () => {
    const callbacks = spies();
    show(both, { chosen: old.ref }, callbacks);
    const list = screen.getByRole('list', { name: 'Runs with this version' });
    expect(within(list).getAllByRole('listitem')).toHaveLength(5);
    await userEvent.click(button('Show 3 more runs'));
    expect(screen.getByText('and 4 more runs')).toBeVisible();
    await userEvent.click(button('Reader 6'));
    expect(callbacks.openRun).toHaveBeenCalledWith('r6');
    await settle();
  });

  it('that the file is now has nothing to bring back', async () => {
    const callbacks = spies();
    show(both, {}, callbacks);
    await userEvent.click(button('Bring this file back'));
    expect(callbacks.bringBack).not.toHaveBeenCalled();
    expect(button('Bring this file back')).toHaveAttribute(
      'title',
      'The file is so already'
    );
    expect(screen.queryByRole('tab')).toBeNull();
    await settle();
  });

  it.each([
    ['thinned', /^Bytes given up/],
    ['fingerprint', /^Bytes not kept/]
  ] as const)('whose bytes are not there says so: %s', async (state, text) => {
    const callbacks = spies();
    const lost = aVersion(1, { state, content: null });
    show(someVersions([lost]), {}, callbacks);
    expect(screen.getByText(text)).toBeVisible();
    await userEvent.click(button('Bring this file back'));
    expect(callbacks.bringBack).not.toHaveBeenCalled();
    expect(callbacks.read).not.toHaveBeenCalled();
  });
});

describe('acts', () => {
  const answer = someVersions([aVersion(0, { size: 0 })]);

  it('say how far they are and can be cancelled', async () => {
    const callbacks = spies();
    const job = aJob({ kind: 'restore', done: 3, total: 9, done_bytes: null });
    show(
      answer,
      { acts: [anAct({ state: { kind: 'going', job } })] },
      callbacks
    );
    expect(screen.getByText('Bringing back train.csv')).toBeVisible();
    expect(screen.getByText('3 of 9 files')).toBeVisible();
    await userEvent.click(button('Cancel: Bringing back train.csv'));
    expect(callbacks.cancelAct).toHaveBeenCalledWith('act-1');
  });

  it('say what is kept, and are undone', async () => {
    const callbacks = spies();
    const { container } = show(answer, { acts: [anAct()] }, callbacks);
    const notice = screen.getByRole('region', {
      name: 'train.csv brought back'
    });
    expect(notice).toHaveTextContent(
      'Kept: what was there, in snapshot 3be1c07.'
    );
    await userEvent.click(button('Undo: train.csv'));
    expect(callbacks.undoAct).toHaveBeenCalledWith('act-1');
    await userEvent.click(button(/^Dismiss/));
    expect(callbacks.dismissAct).toHaveBeenCalledWith('act-1');
    expect(await violations(container)).toEqual([]);
  });

  it('count, and name what was not kept', () => {
    const result = aResult({
      restored: 3,
      unchanged: 2,
      created: ['a'],
      not_kept: ['big/model.bin']
    });
    show(answer, {
      acts: [anAct({ paths: ['a', 'b'], state: { kind: 'done', result } })]
    });
    const notice = screen.getByRole('region', {
      name: '3 files brought back'
    });
    expect(notice).toHaveTextContent(
      '2 files were so already. 1 file was not there before: to undo that, delete it.'
    );
    expect(notice).toHaveTextContent('big/model.bin');
  });

  it('name what is not there, each with its reason', async () => {
    const lacking = [
      { path: 'a.bin', why: 'damaged' },
      { path: 'b.csv', why: 'changed' }
    ] as const;
    const result = aResult({ restored: 2, lacking: [...lacking] });
    const made = aResult({ lacking: [lacking[1]], path: '/w/branches/x' });
    const { container } = show(answer, {
      acts: [
        anAct({ paths: [], state: { kind: 'done', result } }),
        anAct({
          id: 'act-2',
          kind: 'branch',
          name: 'x',
          state: { kind: 'done', result: made }
        })
      ]
    });
    expect(
      screen.getByRole('region', { name: '2 files brought back' })
    ).toHaveTextContent(
      /2 files are as they were:a\.binits stored bytes are damagedb\.csvwritten again before its bytes were stored/
    );
    expect(
      screen.getByRole('region', { name: 'Branch x made' })
    ).toHaveTextContent('1 file is not in it:b.csv');
    expect(await violations(container)).toEqual([]);
  });

  it.each([
    ['several files', ['a', 'b'], 1],
    ['one file', ['a'], 0]
  ])('offer all but what is damaged: of %s', async (_, paths, offered) => {
    const callbacks = spies();
    const error = anError({ code: 'object-damaged' });
    const act = anAct({
      paths,
      state: { kind: 'failed', error },
      undoes: null
    });
    show(answer, { acts: [act] }, callbacks);
    const name = 'Bring all others back';
    expect(screen.queryAllByRole('button', { name })).toHaveLength(offered);
    if (offered > 0) {
      await userEvent.click(button(name));
      expect(callbacks.bringRest).toHaveBeenCalledWith(act.id);
    }
  });

  it('have nothing to undo where nothing changed', () => {
    const result = aResult({ restored: 0, unchanged: 1, snapshot: null });
    show(answer, {
      acts: [anAct({ state: { kind: 'done', result }, undoes: null })]
    });
    expect(
      screen.getByText('train.csv: nothing to bring back, it is so already')
    ).toBeVisible();
    expect(screen.queryByRole('button', { name: /Undo/ })).toBeNull();
  });

  it('that failed say what is kept and what to do', async () => {
    const callbacks = spies();
    const error = anError({ retryable: true });
    show(
      answer,
      { acts: [anAct({ state: { kind: 'failed', error } })] },
      callbacks
    );
    const notice = screen.getByRole('region', {
      name: 'train.csv not brought back'
    });
    expect(notice).toHaveTextContent(
      'a folder is in its place.Kept: everything that is there.Restore into a side folder instead.'
    );
    await userEvent.click(button('Try again'));
    expect(callbacks.retryAct).toHaveBeenCalledWith('act-1');
  });

  it('that branched show the folder, or its path where it has none', async () => {
    const callbacks = spies();
    const branch = (over: object) =>
      anAct({
        kind: 'branch',
        paths: [],
        name: 'try 2',
        undoes: null,
        state: { kind: 'done', result: aResult(over) }
      });
    const { unmount } = show(
      answer,
      { acts: [branch({ path: '/w/try-2', api_path: 'try-2' })] },
      callbacks
    );
    await userEvent.click(button('Show folder'));
    expect(callbacks.showFolder).toHaveBeenCalledWith('try-2');
    unmount();
    show(answer, { acts: [branch({ path: '/w/try-2' })] }, callbacks);
    expect(screen.queryByRole('button', { name: 'Show folder' })).toBeNull();
    await userEvent.click(button('Copy the path'));
    expect(callbacks.copyText).toHaveBeenCalledWith('/w/try-2');
  });
});

describe('phases', () => {
  const draw = (model: VersionsModel, callbacks = spies()) => ({
    callbacks,
    ...render(<Versions model={model} callbacks={callbacks} clock={STILL} />)
  });

  it('without a file say what to do', () => {
    draw({ phase: 'nothing' });
    expect(screen.getByText(/^Select a file/)).toBeVisible();
  });

  it('while loading show the name', async () => {
    draw({ phase: 'loading', path: 'data/train.csv' });
    expect(screen.getByRole('heading')).toHaveTextContent('train.csv');
    expect(
      await screen.findByRole('status', { name: 'Loading versions' })
    ).toBeInTheDocument();
  });

  it('that failed may be tried again', async () => {
    const { callbacks } = draw({
      phase: 'error',
      path: 'a',
      error: anError()
    });
    await userEvent.click(button('Try again'));
    expect(callbacks.retry).toHaveBeenCalled();
  });
});

it('takes no text of a run or a path for HTML', async () => {
  const version: Version = aVersion(0, {
    runs: [aVersionRun({ title: HOSTILE })]
  });
  const { container } = show(
    someVersions([version], { path: `${HOSTILE}/${HOSTILE}.csv` }),
    {
      acts: [
        anAct({
          paths: [HOSTILE],
          state: {
            kind: 'done',
            result: aResult({ not_kept: [HOSTILE] })
          }
        })
      ]
    }
  );
  await screen.findByRole('region', { name: /^Rows of/ });
  expect(injected(container)).toEqual([]);
});

it('shows a path that is not UTF-8', async () => {
  const path = { b64: '/2E=' };
  show(someVersions([aVersion(0, { size: 0 })], { path }));
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('‹bytes');
});
