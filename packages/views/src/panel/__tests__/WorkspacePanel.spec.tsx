import '@testing-library/jest-dom';

import type { Notice, RunStore } from '@dotscience/core';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import {
  aChange,
  aJob,
  aLiveRun,
  aNotice,
  aRun,
  aStatus,
  aStore,
  aWorkspace,
  feed,
  STILL,
  values
} from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import { FIRST_RUN_EXAMPLE } from '../example';
import type { WorkspacePanelCallbacks, WorkspacePanelModel } from '../props';
import { WorkspacePanel } from '../WorkspacePanel';

type Spies = {
  [K in Exclude<keyof WorkspacePanelCallbacks, 'policy'>]-?: jest.Mock;
};

const spies = (): Spies => ({
  openRun: jest.fn(),
  saveSnapshot: jest.fn(),
  cancelJob: jest.fn(),
  dismissNotice: jest.fn(),
  retry: jest.fn(),
  track: jest.fn(),
  chooseMetric: jest.fn(),
  setDirection: jest.fn(),
  openNotebook: jest.fn(),
  openFile: jest.fn(),
  showVersions: jest.fn(),
  openIgnoreFile: jest.fn(),
  copyExample: jest.fn(),
  insertExample: jest.fn(),
  changeFolder: jest.fn(),
  wantCurves: jest.fn(),
  keepOpenGroups: jest.fn(),
  keepDraft: jest.fn(),
  dropDraft: jest.fn(),
  turnOnCapture: jest.fn(),
  claim: jest.fn(),
  openCell: jest.fn(),
  editPolicy: jest.fn(),
  openStorage: jest.fn(),
  keepRuns: jest.fn(),
  verify: jest.fn()
});

const RUNS = [
  aRun(1, { description: 'Forest', metrics: values({ acc: 0.983 }) }),
  aRun(2, { description: 'MLP', metrics: values({ acc: 0.9908 }) }),
  aRun(3, { description: 'SVC', metrics: values({ acc: 0.9882 }) }),
  aRun(4, { description: 'Broken', state: 'failed', error: 'no' }),
  aRun(5, { description: 'Split', inputs: 1, outputs: 2 })
];

const aModel = (
  over: Partial<WorkspacePanelModel> = {}
): WorkspacePanelModel => ({
  phase: 'ready',
  workspace: aWorkspace(),
  status: aStatus(),
  runs: aStore(RUNS),
  error: null,
  selected: null,
  metric: null,
  directions: {},
  ...over
});

function show(
  over: Partial<WorkspacePanelModel> = {},
  callbacks: WorkspacePanelCallbacks = spies()
) {
  const model = aModel(over);
  const panel = (now: WorkspacePanelModel): JSX.Element => (
    <WorkspacePanel model={now} callbacks={callbacks} clock={STILL} />
  );
  const view = render(panel(model));
  return {
    ...view,
    model,
    again: (next: Partial<WorkspacePanelModel>) =>
      view.rerender(panel({ ...model, ...next }))
  };
}

const list = (): HTMLElement => screen.getByRole('listbox');

// Of the list: the chooser of the metric has options too.
const options = (): HTMLElement[] => within(list()).getAllByRole('option');

const row = (name: RegExp): HTMLElement =>
  within(list()).getByRole('option', { name });

let hundredThousand: RunStore;

beforeAll(() => {
  const runs = Array.from({ length: 100_000 }, (_, i) => aRun(i + 1));
  hundredThousand = aStore(runs);
});

describe('the list of runs', () => {
  it('shows newest first, each beside the best', () => {
    show();
    const names = options().map(option => option.textContent);
    expect(names).toHaveLength(5);
    expect(names[0]).toContain('Split');
    expect(row(/MLP/)).toHaveTextContent('0.9908best');
    expect(row(/SVC/)).toHaveTextContent('0.9882−0.0026');
    expect(
      within(row(/SVC/)).getByRole('img', { name: 'worse' })
    ).toBeInTheDocument();
    expect(row(/Broken/)).toHaveTextContent('failed');
    expect(row(/Split/)).toHaveTextContent('3 filesno metric');
  });

  it('says the state in a word beside its shape', () => {
    show();
    expect(
      within(row(/MLP/)).getByRole('img', { name: 'Best so far' })
    ).toBeInTheDocument();
    expect(
      within(row(/Broken/)).getByRole('img', { name: 'Failed' })
    ).toBeInTheDocument();
  });

  it('opens a run by click', async () => {
    const callbacks = spies();
    show({}, callbacks);
    await userEvent.click(row(/SVC/));
    expect(callbacks.openRun).toHaveBeenCalledWith(RUNS[2].id);
  });

  it('is walked by keys', async () => {
    const callbacks = spies();
    show({}, callbacks);
    const box = list();
    act(() => box.focus());
    const active = (): string | null | undefined =>
      document.getElementById(box.getAttribute('aria-activedescendant') ?? '')
        ?.textContent;
    expect(active()).toContain('Split');
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    expect(active()).toContain('SVC');
    await userEvent.keyboard('{End}');
    expect(active()).toContain('Forest');
    await userEvent.keyboard('{ArrowDown}{ArrowUp}');
    expect(active()).toContain('MLP');
    await userEvent.keyboard('{Enter}');
    expect(callbacks.openRun).toHaveBeenLastCalledWith(RUNS[1].id);
    await userEvent.keyboard('{Home}{PageDown}');
    expect(active()).toContain('Forest');
  });

  it('keeps the active run when newer ones come in', async () => {
    const { model } = show();
    const box = list();
    act(() => box.focus());
    await userEvent.keyboard('{ArrowDown}');
    const before = box.getAttribute('aria-activedescendant');
    act(() => feed(model.runs!, [aRun(6, { description: 'Newer' })]));
    await userEvent.click(screen.getByRole('button', { name: '1 new run' }));
    expect(row(/Newer/)).toBeInTheDocument();
    expect(box.getAttribute('aria-activedescendant')).toBe(before);
    expect(document.getElementById(before ?? '')).toHaveTextContent('Broken');
  });

  it('has only visible rows of 100,000 in the page', () => {
    show({ runs: hundredThousand });
    expect(options().length).toBeLessThan(40);
    expect(options()[0]).toHaveAttribute('aria-setsize', '100000');
    expect(
      screen.getByRole('button', { name: /^Runs ?100,000$/ })
    ).toBeInTheDocument();
  });

  it('goes to the far end of 100,000 by one key', async () => {
    show({ runs: hundredThousand });
    act(() => screen.getByRole('listbox').focus());
    await userEvent.keyboard('{End}');
    expect(row(/^Published Run 1 /)).toHaveAttribute('aria-posinset', '100000');
    expect(options().length).toBeLessThan(40);
  });

  it('marks the run whose page is open', () => {
    show({ selected: RUNS[0].id });
    expect(row(/Forest/)).toHaveAttribute('aria-selected', 'true');
  });

  it('lets the metric and its direction be chosen', async () => {
    const callbacks = spies();
    const runs = aStore([aRun(1, { metrics: values({ gap: 2, loss: 1 }) })]);
    show({ runs, metric: 'gap' }, callbacks);
    await userEvent.selectOptions(screen.getByRole('combobox'), 'loss');
    expect(callbacks.chooseMetric).toHaveBeenCalledWith('loss');
    await userEvent.click(
      screen.getByRole('button', { name: /which way gap/ })
    );
    expect(callbacks.setDirection).toHaveBeenCalledWith('gap', 'max');
  });

  it('shows no arrow where the direction is not known', () => {
    const runs = aStore([
      aRun(1, { metrics: values({ gap: 2 }) }),
      aRun(2, { metrics: values({ gap: 3 }) })
    ]);
    show({ runs });
    expect(screen.queryByRole('img', { name: /better|worse/ })).toBeNull();
  });

  it('folds', async () => {
    show();
    const toggle = screen.getByRole('button', { name: /^Runs/ });
    expect(toggle).toHaveAttribute('aria-expanded', 'true');
    await userEvent.click(toggle);
    expect(toggle).toHaveAttribute('aria-expanded', 'false');
    expect(screen.queryByRole('listbox')).toBeNull();
  });
});

describe('what is live', () => {
  it('shows its newest values beside the best', () => {
    show({
      status: aStatus({
        running: [aLiveRun({ metrics: values({ acc: 0.9882, loss: 0.04 }) })]
      })
    });
    const card = screen.getByRole('region', { name: /^Running/ });
    expect(card).toHaveTextContent('02:14');
    expect(card).toHaveTextContent('acc0.9882−0.0026 to best');
    expect(card).toHaveTextContent('loss 0.04');
  });

  it('is told politely, at most every 10 s, its end at once', () => {
    let now = 0;
    const clock = { now: () => now, zone: 'UTC' };
    const model = (
      running: ReturnType<typeof aLiveRun>[]
    ): WorkspacePanelModel => aModel({ status: aStatus({ running }) });
    const view = (running: ReturnType<typeof aLiveRun>[]): JSX.Element => (
      <WorkspacePanel
        model={model(running)}
        callbacks={spies()}
        clock={clock}
      />
    );
    const at = (acc: number) => [
      aLiveRun({ description: 'A', metrics: values({ acc }) })
    ];
    const { container, rerender } = render(view(at(0.1)));
    const said = container.querySelector('[aria-live=polite]');
    expect(said).toHaveTextContent('A: acc 0.1');
    now = 9_999;
    rerender(view(at(0.2)));
    expect(said).toHaveTextContent('A: acc 0.1');
    now = 10_000;
    rerender(view(at(0.3)));
    expect(said).toHaveTextContent('A: acc 0.3');
    now = 10_001;
    rerender(view([]));
    expect(said).toHaveTextContent('Run ended: A');
  });
});

describe('changes', () => {
  it('lists what differs, cut off with a count', async () => {
    const callbacks = spies();
    const files = [
      aChange('a.py'),
      aChange('big.tar', {
        kind: 'added',
        size: 8_200_000_000,
        policy: 'fingerprint'
      }),
      aChange({ b64: '/w==' }, { kind: 'deleted', size: null })
    ];
    show(
      {
        status: aStatus({
          changes: {
            since: null,
            total: 1_203,
            files: [...files],
            counted: true
          }
        })
      },
      callbacks
    );
    const section = screen.getByRole('region', { name: /^Changes/ });
    expect(section).toHaveTextContent('Ma.py10 B');
    expect(section).toHaveTextContent('not kept 8.2 GB');
    expect(section).toHaveTextContent('‹bytes /w==›');
    expect(section).toHaveTextContent('+ 1,200 more files');
    await userEvent.click(
      within(section).getByRole('button', { name: 'a.py' })
    );
    expect(callbacks.openFile).toHaveBeenCalledWith('a.py');
    expect(within(section).queryByRole('button', { name: /bytes/ })).toBeNull();
  });

  it('says since when nothing changed', () => {
    const last = {
      id: 's',
      tree: '',
      parent: null,
      time: '2026-11-21T14:02:00Z',
      message: null,
      reason: 'user' as const,
      files: 1,
      bytes: 1,
      bytes_new: 1,
      unstable: [],
      not_kept: 0,
      duration_s: 1,
      runs: []
    };
    show({ status: aStatus({ last_snapshot: last }) });
    expect(screen.getByText('No changes since 14:02')).toBeInTheDocument();
  });
});

describe('saving a snapshot', () => {
  const field = (): HTMLElement =>
    screen.getByRole('textbox', { name: /snapshot/ });

  it('takes an optional text, by button or Enter', async () => {
    const callbacks = spies();
    show({}, callbacks);
    await userEvent.click(
      screen.getByRole('button', { name: 'Save snapshot' })
    );
    expect(callbacks.saveSnapshot).toHaveBeenLastCalledWith(null);
    await userEvent.type(field(), ' before the sweep {Enter}');
    expect(callbacks.saveSnapshot).toHaveBeenLastCalledWith('before the sweep');
    expect(field()).toHaveValue('');
  });

  it('keeps the text when saving fails', async () => {
    const callbacks = {
      ...spies(),
      saveSnapshot: jest.fn().mockRejectedValue(new Error('full'))
    };
    show({}, callbacks);
    await userEvent.type(field(), 'mine{Enter}');
    expect(field()).toHaveValue('mine');
    expect(
      screen.getByRole('button', { name: 'Save snapshot' })
    ).not.toHaveAttribute('aria-disabled');
  });

  it('is not started twice', async () => {
    const callbacks = {
      ...spies(),
      saveSnapshot: jest.fn(() => new Promise<void>(() => undefined))
    };
    show({}, callbacks);
    await userEvent.type(field(), 'mine{Enter}{Enter}');
    await userEvent.click(
      screen.getByRole('button', { name: 'Saving snapshot' })
    );
    expect(callbacks.saveSnapshot).toHaveBeenCalledTimes(1);
  });
});

describe('notices', () => {
  const press = (name: RegExp): Promise<void> =>
    userEvent.click(screen.getByRole('button', { name }));

  it('say what happened, what is kept, what to do', () => {
    show({ status: aStatus({ notices: [aNotice()] }) });
    const notice = screen.getByRole('region', { name: /^Disk full/ });
    expect(notice).toHaveTextContent('Kept: Run 9d20e4b7');
    expect(notice).toHaveTextContent('We try again every 30 s.');
  });

  it('offer what they name and nothing else', async () => {
    const callbacks = spies();
    const actions: Notice['actions'] = [
      'retry',
      'open-notebook',
      'show-text',
      'track',
      'dismiss'
    ];
    show(
      { notices: [aNotice({ actions, path: 'a.ipynb', detail: HOSTILE })] },
      callbacks
    );
    await press(/Try again/);
    await press(/Open notebook/);
    await press(/Show the text/);
    await press(/Track this folder/);
    await press(/Dismiss/);
    expect(callbacks.retry).toHaveBeenCalledWith('notice-1');
    expect(callbacks.openNotebook).toHaveBeenCalledWith('a.ipynb');
    expect(callbacks.track).toHaveBeenCalledWith(true);
    expect(callbacks.dismissNotice).toHaveBeenCalledWith('notice-1');
    expect(document.querySelector('pre')).toHaveTextContent('onerror');
  });

  it('have no dead buttons', () => {
    const actions: Notice['actions'] = ['open-notebook', 'show-text'];
    const { openStorage: _, ...callbacks } = spies();
    show({ notices: [aNotice({ actions })] }, callbacks);
    expect(
      within(screen.getByRole('region', { name: /^Disk full/ })).queryByRole(
        'button'
      )
    ).toBeNull();
  });
});

describe('jobs', () => {
  it('show how far they are once they take long, and can be stopped', async () => {
    const callbacks = spies();
    show(
      {
        status: aStatus({ jobs: [aJob(), aJob({ id: 'over', state: 'done' })] })
      },
      callbacks
    );
    const job = await screen.findByRole('region', { name: 'First snapshot' });
    expect(job).toHaveTextContent('6,412 of 10,230 files, 900 MB of 1.3 GB');
    expect(within(job).getByRole('progressbar')).toHaveAttribute(
      'aria-valuenow',
      '63'
    );
    await userEvent.click(within(job).getByRole('button', { name: /Cancel/ }));
    expect(callbacks.cancelJob).toHaveBeenCalledWith('job-1');
  });
});

describe('the first minute', () => {
  const cost = {
    ...aStatus().cost,
    held_back_bytes: 11_900_000_000,
    held_back_files: 812,
    largest: [{ path: 'data/raw', bytes: 9_100_000_000, files: 600 }]
  };

  it('shows what to do, what is tracked, and has one filled button', async () => {
    const callbacks = spies();
    const { container } = show({ runs: aStore([]) }, callbacks);
    expect(container).toHaveTextContent('214 files, 38 MB. Nearest Git root.');
    expect(container).toHaveTextContent(
      'Not tracked: .git, .venv, __pycache__'
    );
    expect(container.querySelectorAll('.ds-Button-filled')).toHaveLength(1);
    await userEvent.click(screen.getByRole('button', { name: 'Copy' }));
    expect(callbacks.copyExample).toHaveBeenCalledWith(FIRST_RUN_EXAMPLE);
    await userEvent.click(screen.getByRole('button', { name: /Insert/ }));
    expect(callbacks.insertExample).toHaveBeenCalledWith(FIRST_RUN_EXAMPLE);
    expect(container.querySelector('pre')).toHaveTextContent(
      'ds.metric("accuracy", 0.97)'
    );
  });

  it('asks before it keeps what is large', async () => {
    const callbacks = spies();
    show({ runs: aStore([]), status: aStatus({ cost }) }, callbacks);
    expect(screen.getByText('12 GB held back.')).toBeInTheDocument();
    expect(
      screen.getByText(/about 12 GB of the 210 GB free/)
    ).toBeInTheDocument();
    await userEvent.click(
      screen.getByRole('button', { name: 'Go on without' })
    );
    expect(callbacks.track).toHaveBeenCalledWith(false);
  });

  it('still asks when runs are there, until it has an answer', () => {
    const { again } = show({ status: aStatus({ cost }) });
    expect(
      screen.getByRole('button', { name: 'Track this folder' })
    ).toBeInTheDocument();
    again({ status: aStatus({ cost: { ...cost, agreed: false } }) });
    expect(
      screen.queryByRole('button', { name: 'Track this folder' })
    ).toBeNull();
  });

  it('leaves out what the host cannot do', () => {
    const {
      insertExample: _a,
      openIgnoreFile: _b,
      changeFolder: _c,
      editPolicy: _d,
      ...callbacks
    } = spies();
    show({ runs: aStore([]) }, callbacks);
    expect(
      screen.queryByRole('button', { name: /Insert|Edit|Change/ })
    ).toBeNull();
  });

  it('is over with the first run', () => {
    const { model } = show({ runs: aStore([]) });
    act(() => feed(model.runs!, [aRun(1, { description: 'First' })]));
    expect(row(/First/)).toBeInTheDocument();
    expect(screen.queryByText('Your first run')).toBeNull();
  });
});

describe('phases', () => {
  it('shows skeletons only when loading takes long', async () => {
    show({ phase: 'loading', workspace: null, status: null, runs: null });
    expect(screen.queryByRole('status')).toBeNull();
    expect(
      await screen.findByRole('status', { name: 'Loading runs' })
    ).toBeInTheDocument();
  });

  it('keeps the rows when the worker is away, and says so', async () => {
    const callbacks = spies();
    const error = {
      code: 'worker-unreachable',
      message: 'It does not answer.',
      kept: 'Everything.',
      next: '',
      retryable: true
    };
    show({ phase: 'unreachable', error }, callbacks);
    expect(
      screen.getByRole('region', { name: 'It does not answer.' })
    ).toHaveTextContent('Kept: everything.');
    expect(options()).toHaveLength(5);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(callbacks.retry).toHaveBeenCalledWith(null);
  });

  it('says when nothing is tracked', () => {
    show({ phase: 'untracked', workspace: null, status: null, runs: null });
    expect(screen.getByText('Nothing is tracked here')).toBeInTheDocument();
  });
});

describe('texts of runs', () => {
  it('are text', () => {
    const runs = aStore([
      aRun(1, {
        description: HOSTILE,
        notebook: HOSTILE,
        metrics: values({ [HOSTILE]: 1 })
      })
    ]);
    const { container } = show({
      runs,
      workspace: aWorkspace({ name: HOSTILE, path: HOSTILE }),
      status: aStatus({
        running: [
          aLiveRun({
            description: HOSTILE,
            metrics: values({ [HOSTILE]: HOSTILE })
          })
        ],
        notices: [
          aNotice({
            title: HOSTILE,
            text: HOSTILE,
            kept: HOSTILE,
            next: HOSTILE
          })
        ],
        changes: {
          since: null,
          total: 1,
          counted: true,
          files: [aChange(HOSTILE, { kind: 'added' })]
        }
      })
    });
    expect(injected(container)).toEqual([]);
    expect(row(/onerror/)).toBeInTheDocument();
  });
});

describe('accessibility', () => {
  it.each<[string, Partial<WorkspacePanelModel>]>([
    ['runs', { selected: RUNS[1].id }],
    ['the first minute', { runs: aStore([]) }],
    [
      'live, notices, changes',
      {
        status: aStatus({
          running: [aLiveRun()],
          notices: [aNotice({ actions: ['retry', 'dismiss'] })],
          jobs: [aJob()],
          changes: {
            since: null,
            total: 1,
            counted: true,
            files: [aChange('a', { kind: 'added' })]
          }
        })
      }
    ],
    [
      'nothing tracked',
      { phase: 'untracked', workspace: null, status: null, runs: null }
    ]
  ])('axe finds nothing wrong: %s', async (_, over) => {
    const { container } = show(over);
    await Promise.all(
      (over.status?.jobs ?? []).map(() => screen.findByRole('progressbar'))
    );
    expect(await violations(container)).toEqual([]);
  });

  it('is a region with a label', () => {
    show();
    expect(
      screen.getByRole('region', { name: 'Dotscience workspace' })
    ).toBeInTheDocument();
  });
});

describe('more of the workspace', () => {
  const open = async (callbacks: Spies): Promise<void> => {
    show({}, callbacks);
    const user = userEvent.setup();
    await user.click(
      screen.getByRole('button', { name: 'More of this workspace' })
    );
  };

  it('opens what is tracked, storage and the check from a menu, by keys too', async () => {
    const callbacks = spies();
    const user = userEvent.setup();
    await open(callbacks);
    expect(screen.getAllByRole('menuitem').map(i => i.textContent)).toEqual([
      'What is tracked',
      'Storage',
      'Verify stored bytes'
    ]);
    expect(
      screen.getByRole('menuitem', { name: 'What is tracked' })
    ).toHaveFocus();
    await user.keyboard('{ArrowDown}{Enter}');
    expect(callbacks.openStorage).toHaveBeenCalled();
    expect(screen.queryByRole('menu')).toBeNull();
  });

  it('closes the menu by Escape, and gives the focus back', async () => {
    const user = userEvent.setup();
    await open(spies());
    await user.keyboard('{Escape}');
    expect(screen.queryByRole('menu')).toBeNull();
    expect(
      screen.getByRole('button', { name: 'More of this workspace' })
    ).toHaveFocus();
  });

  it('has nothing for axe to find while it is open', async () => {
    await open(spies());
    expect(await violations(document.body)).toEqual([]);
  });

  it('edits what is tracked in place of the runs', async () => {
    const callbacks = {
      ...spies(),
      policy: {
        setPolicy: jest.fn(async () => undefined),
        setPathPolicy: jest.fn(),
        covers: jest.fn()
      }
    };
    const { again } = show({ editing: true }, callbacks);
    expect(
      screen.getByRole('heading', { name: 'What is tracked' })
    ).toHaveFocus();
    expect(screen.queryByRole('listbox')).toBeNull();
    const user = userEvent.setup();
    await user.click(
      screen.getByRole('button', { name: 'Close what is tracked' })
    );
    expect(callbacks.editPolicy).toHaveBeenCalledWith(false);
    again({ editing: false });
    expect(
      screen.getByRole('button', { name: 'More of this workspace' })
    ).toHaveFocus();
  });

  it('shows the storage, and keeps runs, from the notice of what is given up', async () => {
    const callbacks = spies();
    const notice = aNotice({
      code: 'storage-budget',
      severity: 'warning',
      actions: ['keep-runs', 'give-up-now', 'dismiss']
    });
    show({ notices: [notice] }, callbacks);
    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: 'Keep these runs' }));
    expect(callbacks.keepRuns).toHaveBeenCalled();
    await user.click(screen.getByRole('button', { name: 'Show storage' }));
    expect(callbacks.openStorage).toHaveBeenCalled();
  });
});
