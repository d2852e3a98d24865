import '@testing-library/jest-dom';

import type { Run, Snapshot } from '@dotscience/core';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import {
  aFile,
  aJob,
  aRun,
  aRunDetail,
  NOW,
  aStore,
  STILL,
  values
} from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import type { RunPageCallbacks, RunPageModel } from '../props';
import { RunPage } from '../RunPage';

// Finding by role is slow in jsdom, on a busy machine very.
jest.setTimeout(30_000);

type Spies = {
  [K in keyof Omit<Required<RunPageCallbacks>, 'acts' | 'rerun'>]: jest.Mock;
};

const spies = (): Spies => ({
  openRun: jest.fn(),
  copyId: jest.fn(),
  openNotebookAsItWas: jest.fn(),
  restore: jest.fn(),
  openNotebook: jest.fn(),
  bringBack: jest.fn(),
  branch: jest.fn(),
  showVersions: jest.fn(),
  downloadFile: jest.fn(),
  copyText: jest.fn(),
  cancelJob: jest.fn(),
  retry: jest.fn(),
  track: jest.fn(),
  wantCurves: jest.fn(),
  source: jest.fn(async () => 'x = 1'),
  showCell: jest.fn(),
  compareEnvironment: jest.fn(),
  earlierLog: jest.fn(),
  saveLog: jest.fn(),
  mediaUrl: jest.fn((n: number) => `/media/${n}`),
  mediaText: jest.fn(async () => 'a,b\n1,2\n'),
  downloadMedia: jest.fn(),
  claim: jest.fn(),
  setLabel: jest.fn(),
  openStorage: jest.fn()
});

const aSnapshot = (): Snapshot => ({
  id: 's',
  tree: '',
  parent: null,
  time: '2026-11-21T14:02:00Z',
  message: null,
  reason: 'run',
  files: 1,
  bytes: 1,
  bytes_new: 1,
  unstable: [],
  not_kept: 0,
  duration_s: 1,
  runs: []
});

const BEFORE = aRun(2, {
  description: 'Before',
  metrics: values({ acc: 0.98, loss: 0.03, gap: 5 }),
  parameters: values({ alpha: '1e-3', gone: 1, seed: 42 })
});
const METRICS = values({ gap: 8, fit_seconds: 185.2, loss: 0.04, acc: 0.99 });
const STORE = aStore([
  aRun(1, { metrics: values({ acc: 0.9 }) }),
  BEFORE,
  aRun(3, { metrics: METRICS })
]);

function show(
  over: Partial<Run> = {},
  callbacks: RunPageCallbacks = spies(),
  model: Partial<RunPageModel> = {}
) {
  const run = aRunDetail({ metrics: METRICS, ...over });
  const ready = {
    phase: 'ready',
    run,
    runs: STORE,
    metric: null,
    directions: {},
    jobs: [],
    ...model
  } as RunPageModel;
  return {
    run,
    ...render(<RunPage model={ready} callbacks={callbacks} clock={STILL} />)
  };
}

const section = (name: string): HTMLElement =>
  screen.getByRole('region', { name });
const press = (name: RegExp | string): Promise<void> =>
  userEvent.click(screen.getByRole('button', { name }));

describe('the head', () => {
  it('says what, what became of it, when, who, where', async () => {
    const callbacks = spies();
    const { run, container } = show({}, callbacks);
    expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent(
      'MLP 128-64, alpha 1e-4'
    );
    const head = container.querySelector('header');
    expect(head).toHaveTextContent('Finished');
    expect(head).toHaveTextContent('21 Nov 2026, 11:003 min 05 s');
    expect(head).toHaveTextContent('anaon gpu-box-2');
    expect(head).toHaveTextContent('train.ipynbat3be1c07');
    await press(/Copy the id/);
    expect(callbacks.copyId).toHaveBeenCalledWith(run.id);
    expect(
      await screen.findByRole('button', { name: 'Copied' })
    ).toBeInTheDocument();
    await press('train.ipynb');
    expect(callbacks.openNotebook).toHaveBeenCalledWith('train.ipynb');
  });

  it('shows models and labels, a model not twice', () => {
    show({
      models: [
        {
          name: 'digits-mlp',
          kind: 'sklearn',
          version: '1.9.0',
          path: 'm.joblib'
        }
      ],
      labels: [
        { key: 'stage', value: 'tuned' },
        { key: 'artefact:sklearn:digits-mlp', value: '{}' }
      ]
    });
    const pills = within(
      screen.getByRole('list', { name: 'Models and labels' })
    ).getAllByRole('listitem');
    expect(pills.map(pill => pill.textContent)).toEqual([
      'Model digits-mlp, sklearn 1.9.0',
      'stage tuned'
    ]);
  });
});

describe('actions', () => {
  it('bring the run back; one is filled', async () => {
    const callbacks = spies();
    const { run, container } = show({}, callbacks);
    await press('Open notebook as it was');
    await press('Restore into a side folder');
    expect(callbacks.openNotebookAsItWas).toHaveBeenCalledWith(run.id);
    expect(callbacks.restore).toHaveBeenCalledWith(run.id);
    expect(container.querySelectorAll('.ds-Button-filled')).toHaveLength(1);
  });

  it('branch with a name that is asked for in place', async () => {
    const callbacks = spies();
    const { run, container } = show({}, callbacks);
    await press('Branch from here…');
    const field = screen.getByRole('textbox', { name: 'Name of the branch' });
    expect(field).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    expect(callbacks.branch).not.toHaveBeenCalled();
    await userEvent.type(field, ' wider layers {Enter}');
    expect(callbacks.branch).toHaveBeenCalledWith(run.id, 'wider layers');
    await press('Branch from here…');
    await userEvent.keyboard('{Escape}');
    expect(screen.queryByRole('textbox', { name: /branch/ })).toBeNull();
    expect(await violations(container)).toEqual([]);
  });

  it('of a script are restoring, filled', () => {
    show({ notebook: null, workload: 'train.py' });
    expect(screen.queryByRole('button', { name: /Open notebook/ })).toBeNull();
    expect(screen.getByRole('button', { name: /Restore/ })).toHaveClass(
      'ds-Button-filled'
    );
  });

  it.each([
    ['pending', 'The snapshot is not taken yet'],
    ['failed', 'The run has no snapshot']
  ] as const)('say why they wait: %s', async (state, why) => {
    const callbacks = spies();
    show({ snapshot: { state, id: null, duration_s: null } }, callbacks);
    const button = screen.getByRole('button', { name: /Restore/ });
    expect(button).toHaveAttribute('aria-disabled', 'true');
    expect(button).toHaveAttribute('title', why);
    await userEvent.click(button);
    expect(callbacks.restore).not.toHaveBeenCalled();
  });

  it('are not there where the host has none', () => {
    show({}, { openRun: jest.fn(), copyId: jest.fn() });
    expect(
      screen.queryByRole('button', { name: /Restore|Open notebook|Download/ })
    ).toBeNull();
  });
});

describe('metrics', () => {
  const tiles = (): (string | null)[] =>
    [...document.querySelectorAll('.ds-Tile')].map(tile => tile.textContent);

  it('stand beside the best run before, the deciding one first, costs last', async () => {
    const callbacks = spies();
    show({}, callbacks);
    expect(tiles()).toEqual([
      'acc0.99best of 3',
      'loss0.04+0.01',
      'gap8+3',
      'fit_seconds185.2'
    ]);
    const worse = within(
      document.querySelectorAll<HTMLElement>('.ds-Tile')[1]
    ).getByRole('img');
    expect(worse).toHaveAccessibleName('worse');
    await press('00000002');
    expect(callbacks.openRun).toHaveBeenCalledWith(BEFORE.id);
  });

  it('say so when there is none', () => {
    show({ metrics: [] });
    expect(screen.getByText('No metric in this run')).toBeInTheDocument();
  });

  it('stand alone where no other run is known', () => {
    show({}, spies(), { runs: null });
    expect(tiles()).toEqual([
      'loss0.04',
      'acc0.99',
      'gap8',
      'fit_seconds185.2'
    ]);
  });
});

describe('parameters', () => {
  it('mark what differs from the best run before', () => {
    show({ parameters: values({ alpha: '1e-4', extra: 'yes', seed: 42 }) });
    const rows = section('Parameters').querySelectorAll('.ds-Facts-row');
    expect([...rows].map(row => row.textContent)).toEqual([
      'alpha1e-4was 1e-3',
      'extrayesnew',
      'seed42',
      'gonenone, was 1'
    ]);
  });

  it('fold equal ones when there are many, with a count', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`p${i}`, 1])
    );
    const store = aStore([
      { ...BEFORE, parameters: values({ ...many, alpha: '1e-3' }) }
    ]);
    show({ parameters: values({ ...many, alpha: '1e-4' }) }, spies(), {
      runs: store
    });
    expect(section('Parameters').querySelectorAll('code')).toHaveLength(1);
    await press('Show 20 equal parameters');
    expect(section('Parameters').querySelectorAll('code')).toHaveLength(21);
  });
});

describe('files', () => {
  it('show their versions and download as they were, where the bytes are kept', async () => {
    const callbacks = spies();
    const { run } = show(
      {
        inputs: [aFile('data/a.csv')],
        outputs: [aFile('m.bin', { state: 'fingerprint' })]
      },
      callbacks
    );
    await press('data/a.csv');
    await press('m.bin');
    await press('Download data/a.csv as it was');
    expect(callbacks.showVersions.mock.calls).toEqual([
      [run.id, 'data/a.csv'],
      [run.id, 'm.bin']
    ]);
    expect(callbacks.downloadFile).toHaveBeenCalledWith(run.id, 'data/a.csv');
    expect(section('Inputs')).toHaveTextContent('@3be1c07');
    expect(
      within(section('Outputs')).queryByRole('button', { name: /Download/ })
    ).toBeNull();
    expect(section('Outputs')).toHaveTextContent(
      'Bytes not kept: size and time only'
    );
  });

  it('are chosen and brought back, those whose bytes are there', async () => {
    const callbacks = spies();
    const { run, container } = show(
      {
        inputs: [aFile('a.csv'), aFile('/mnt/b.csv', { outside: true })],
        outputs: [
          aFile('a.csv'),
          aFile('c.csv'),
          aFile('d.bin', { state: 'fingerprint' })
        ]
      },
      callbacks
    );
    await userEvent.click(screen.getByRole('tab', { name: /^Files/ }));
    await press('Bring these files back');
    expect(callbacks.bringBack).not.toHaveBeenCalled();
    expect(screen.getAllByRole('checkbox')).toHaveLength(3);
    await userEvent.click(screen.getByRole('checkbox', { name: /c\.csv/ }));
    await press('Bring 1 file back');
    expect(callbacks.bringBack).toHaveBeenLastCalledWith(run.id, ['c.csv']);
    await press('Choose all');
    await press('Bring 2 files back');
    expect(callbacks.bringBack).toHaveBeenLastCalledWith(run.id, [
      'a.csv',
      'c.csv'
    ]);
    expect(await violations(container)).toEqual([]);
  });

  it('say what they are and what is missing', () => {
    show({
      inputs: [aFile('/mnt/a.tar', { outside: true, state: 'fingerprint' })],
      outputs: [
        aFile('m.joblib', { pinned: true }),
        aFile('gone.txt', { state: 'missing', size: null })
      ],
      models: [
        { name: 'digits', kind: 'sklearn', version: null, path: 'm.joblib' }
      ]
    });
    expect(
      within(section('Inputs')).getByRole('img', {
        name: 'Outside the workspace'
      })
    ).toBeInTheDocument();
    expect(
      within(section('Outputs')).getByRole('img', { name: 'Model' })
    ).toBeInTheDocument();
    expect(section('Outputs')).toHaveTextContent('Was not there');
  });

  it('say when none are declared', () => {
    show();
    expect(screen.getByText('No inputs declared')).toBeInTheDocument();
    expect(screen.getByText('No outputs declared')).toBeInTheDocument();
  });
});

function incompleteRun(): Partial<Run> {
  const { context } = aRunDetail();
  return { context: context && { ...context, incomplete: true } };
}

describe('notices', () => {
  it.each<[string, Partial<Run>, string]>([
    ['failed', { state: 'failed', error: 'ValueError: no' }, 'The run failed'],
    [
      'interrupted',
      { state: 'interrupted' },
      'The process ended before the run was published'
    ],
    ['incomplete', incompleteRun(), 'Values may be missing'],
    ['conflict', { conflict: true }, 'Two different run blocks carry this id'],
    [
      'pending',
      { snapshot: { state: 'pending', id: null, duration_s: null } },
      'Snapshot pending'
    ],
    [
      'no snapshot',
      { snapshot: { state: 'failed', id: null, duration_s: null } },
      'Run 00000003 has no snapshot'
    ],
    [
      'not kept',
      { outputs: [aFile('a', { state: 'fingerprint' })] },
      'The bytes of 1 file are not kept'
    ],
    [
      'changed',
      { inputs: [aFile('a', { state: 'changed' })] },
      '1 file was written again before its bytes were stored'
    ]
  ])('%s', (_, over, title) => {
    show(over);
    expect(section(title)).toBeInTheDocument();
  });

  it('are absent where nothing is wrong', () => {
    const { container } = show({
      inputs: [aFile('/mnt/a', { outside: true, state: 'fingerprint' })]
    });
    expect(container.querySelector('.ds-Notice')).toBeNull();
  });

  it('say which files were in motion', () => {
    const unstable = ['log.txt', { b64: '/w==' }];
    show({ snapshot_detail: { ...aSnapshot(), unstable } });
    expect(
      section('2 files changed while the snapshot was taken')
    ).toHaveTextContent('log.txt, ‹bytes /w==›');
  });

  it('say quietly what is not in the snapshot, with examples', () => {
    const left_out = {
      owner: { count: 2, paths: ['a.csv', 'b.csv'] },
      special: { count: 1, paths: [{ b64: '/w==' }] }
    };
    show({ snapshot_detail: { ...aSnapshot(), left_out } });
    expect(
      screen.getByText(
        'Not in the snapshot: the owners of 2 files, 1 socket, pipe or device'
      )
    ).toHaveAttribute('title', 'a.csv\nb.csv\n‹bytes /w==›');
  });
});

describe('the rest', () => {
  it('shows the environment, packages on request', async () => {
    show();
    const environment = section('Environment');
    expect(environment).toHaveTextContent('Python3.11.9');
    expect(environment).toHaveTextContent('Gitmain at c14b77e');
    expect(environment).not.toHaveTextContent('scikit-learn');
    await press('2 packages');
    expect(environment).toHaveTextContent('scikit-learn1.9.0');
  });

  it('shows the run block as text', async () => {
    const callbacks = spies();
    show({ block_text: HOSTILE }, callbacks);
    await press('Copy the run block');
    expect(callbacks.copyText).toHaveBeenCalledWith(HOSTILE);
    await press('Show the text');
    expect(section('Run block').querySelector('pre')?.textContent).toBe(
      HOSTILE
    );
  });

  it('shows the jobs of this run alone', () => {
    const { run } = show({}, spies(), { jobs: [] });
    const jobs = [
      aJob({ id: 'a', run: run.id, title: 'Bringing back' }),
      aJob({ id: 'b', run: 'other', title: 'Other' })
    ];
    show({}, spies(), { jobs });
    expect(section('Bringing back')).toBeInTheDocument();
    expect(screen.queryByRole('region', { name: 'Other' })).toBeNull();
  });

  it('offers to try again when the run cannot be had', async () => {
    const callbacks = spies();
    const error = {
      code: 'run-not-found',
      message: 'No run.',
      kept: 'Everything.',
      next: '',
      retryable: true
    };
    render(<RunPage model={{ phase: 'error', error }} callbacks={callbacks} />);
    await press('Try again');
    expect(callbacks.retry).toHaveBeenCalled();
  });

  it('waits before it shows that it loads', async () => {
    render(<RunPage model={{ phase: 'loading' }} callbacks={spies()} />);
    expect(screen.queryByRole('status')).toBeNull();
    expect(
      await screen.findByRole('status', { name: 'Loading run' })
    ).toBeInTheDocument();
  });

  it('shows texts of runs as text', () => {
    const { container } = show({
      description: HOSTILE,
      error: HOSTILE,
      state: 'failed',
      labels: [{ key: HOSTILE, value: HOSTILE }],
      metrics: values({ [HOSTILE]: HOSTILE }),
      parameters: values({ [HOSTILE]: HOSTILE }),
      inputs: [aFile(HOSTILE)],
      outputs: [aFile(HOSTILE)],
      notebook: HOSTILE,
      models: [
        { name: HOSTILE, kind: HOSTILE, version: HOSTILE, path: HOSTILE }
      ]
    });
    expect(injected(container)).toEqual([]);
    expect(container).toHaveTextContent('onerror');
  });

  it('axe finds nothing wrong', async () => {
    const { container } = show({
      inputs: [aFile('a.csv')],
      outputs: [aFile('b', { state: 'fingerprint' })],
      parameters: values({ alpha: '1e-4' }),
      labels: [{ key: 'stage', value: 'tuned' }],
      state: 'failed',
      error: 'no'
    });
    expect(await violations(container)).toEqual([]);
  });
});

describe('repetitions', () => {
  const rerun = {
    ask: jest.fn(),
    look: jest.fn(),
    start: jest.fn(),
    openRun: jest.fn()
  };
  const plan = {
    run: aRunDetail().id,
    kind: 'script' as const,
    what: 'python train.py',
    reason: null,
    environment: [],
    can_rebuild: null,
    not_kept: 0,
    repetitions: []
  };

  const absent = { kind: 'absent' } as const;
  const model = {
    verdict: absent,
    plan: { kind: 'ready', data: plan } as const
  };

  it('opens the form from the head, and lists the repetitions', async () => {
    const repetitions = [
      { run: 'bbbbbbbb-1', verdict: 'same' as const, time: NOW }
    ];
    show({ repetitions }, { ...spies(), rerun }, { rerun: model });
    await press('Run again');
    expect(rerun.ask).toHaveBeenCalledWith(true);
    expect(section('Repetitions')).toHaveTextContent('Same');
  });

  it('shows the form in place', async () => {
    show({}, { ...spies(), rerun }, { rerun: { ...model, asks: true } });
    expect(screen.getByText('python train.py')).toBeVisible();
    await press('Close');
    expect(rerun.ask).toHaveBeenCalledWith(false);
    expect(await violations(document.body)).toEqual([]);
  });

  it('says what the run alone holds, with the way to the storage', async () => {
    const callbacks = spies();
    show({ alone_bytes: 812_000_000 }, callbacks);
    await press('Holds 812 MB alone');
    expect(callbacks.openStorage).toHaveBeenCalled();
  });
});
