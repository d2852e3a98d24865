import '@testing-library/jest-dom';

import type { Run } from '@dotscience/core';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import {
  aFile,
  aRun,
  aRunDetail,
  aStore,
  STILL,
  values
} from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import {
  aLog,
  aMedia,
  anEnvironment,
  anExecution,
  anUndeclared,
  aSeries,
  parts,
  ready,
  someCells,
  withCurves
} from '../../testing/parts';
import FakePlot from '../../testing/uplot';
import type { RunParts } from '../parts';
import type { RunPageCallbacks } from '../props';
import { RunPage } from '../RunPage';

// A whole page by roles and names takes jsdom seconds where others work too.
jest.setTimeout(30_000);

const BEFORE = aRun(2, { metrics: values({ acc: 0.98 }), curves: 1 });
const STORE = aStore([BEFORE, aRun(3, { metrics: values({ acc: 0.99 }) })]);

function page(
  run: Run,
  given: Partial<RunParts>,
  callbacks: Partial<RunPageCallbacks>
): JSX.Element {
  return (
    <RunPage
      model={{
        phase: 'ready',
        run,
        runs: STORE,
        metric: null,
        directions: {},
        jobs: [],
        parts: parts(given)
      }}
      callbacks={{ openRun: jest.fn(), copyId: jest.fn(), ...callbacks }}
      clock={STILL}
    />
  );
}

function show(
  over: Partial<Run>,
  given: Partial<RunParts> = {},
  callbacks: Partial<RunPageCallbacks> = {}
) {
  const run = aRunDetail({ metrics: values({ acc: 0.99 }), ...over });
  const shown = render(page(run, given, callbacks));
  return {
    ...shown,
    again: (now: Partial<RunParts>) => shown.rerender(page(run, now, callbacks))
  };
}

const section = (name: string): HTMLElement =>
  screen.getByRole('region', { name });
const press = (name: RegExp | string): Promise<void> =>
  userEvent.click(screen.getByRole('button', { name }));
const tab = (name: RegExp): Promise<void> =>
  userEvent.click(screen.getByRole('tab', { name }));

describe('tabs', () => {
  it('are those that the run has something for; arrow keys move', async () => {
    show({}, { log: ready(aLog(['a'])) });
    expect(screen.getAllByRole('tab').map(one => one.textContent)).toEqual([
      'Overview',
      'Files0',
      'Environment',
      'Logs1'
    ]);
    screen.getByRole('tab', { name: 'Overview' }).focus();
    await userEvent.keyboard('{ArrowLeft}');
    expect(screen.getByRole('tab', { name: /Logs/ })).toHaveFocus();
    expect(section('Logs')).toBeInTheDocument();
  });
});

describe('curves', () => {
  const acc = aSeries('acc', [0.5, 0.7, 0.99, 0.98]);

  it('of one stem share a chart; the best before and the best step stand in it', () => {
    const wantCurves = jest.fn();
    show(
      { curves: 3 },
      withCurves(
        [acc, aSeries('train_loss', [3, 2]), aSeries('val_loss', [3, 2.5])],
        [aSeries('acc', [0.4, 0.6])]
      ),
      { wantCurves }
    );
    expect(wantCurves).toHaveBeenCalledWith({
      keys: ['acc', 'val_loss', 'train_loss'],
      axis: 'step',
      range: null,
      before: BEFORE.id
    });
    expect(
      within(section('Curves')).getAllByRole('img', { name: /points/ })
    ).toHaveLength(2);
    expect(section('Curves')).toHaveTextContent('3 metrics, 8 points');
    expect(
      screen.getByRole('img', {
        name: 'acc has 4 points, from 0.5 to 0.98. Best 0.99 at step 2.'
      })
    ).toBeInTheDocument();
    expect(FakePlot.shown.map(({ data }) => data.length)).toEqual([3, 3]);
  });

  it('say what is missing, left out and ran twice', () => {
    show(
      { curves: 1 },
      withCurves([
        aSeries('acc', [1, 'NaN', 'NaN', 2, 3], {
          count: 83_210,
          sampled: true,
          overlaps: [[3, 4]]
        })
      ])
    );
    expect(section('Curves')).toHaveTextContent('Points 1 to 2 missing');
    expect(section('Curves')).toHaveTextContent('5 of 83,210 points');
    expect(section('Curves')).toHaveTextContent('steps 3 to 4 ran twice');
  });

  it('are smoothed over what was told, which the table shows', async () => {
    show({ curves: 1 }, withCurves([acc]));
    await userEvent.selectOptions(
      screen.getByRole('combobox', { name: 'Smoothing' }),
      '0.9'
    );
    const [plot] = FakePlot.shown;
    expect(plot.data).toHaveLength(3);
    expect(plot.options.series.map(({ alpha }) => alpha)).toEqual([
      undefined,
      0.3,
      1
    ]);
    await press('Show acc as table');
    const rows = within(section('Points of acc')).getAllByRole('row');
    expect(rows.map(row => row.textContent)).toEqual([
      'stepacc',
      '00.50',
      '10.70',
      '20.99',
      '30.98'
    ]);
  });

  it('are zoomed by typing as by dragging, and shown whole again', async () => {
    const wantCurves = jest.fn();
    show({ curves: 1 }, withCurves([acc]), { wantCurves });
    const type = (label: string, value: string): void =>
      void fireEvent.change(screen.getByLabelText(label), {
        target: { value }
      });
    type('From step', '1');
    type('to', '2');
    await press('Zoom');
    expect(wantCurves).toHaveBeenLastCalledWith(
      expect.objectContaining({ range: [1, 2] })
    );
    await press('Show all');
    expect(wantCurves).toHaveBeenLastCalledWith(
      expect.objectContaining({ range: null })
    );
    const [plot] = FakePlot.shown;
    act(() => {
      plot.options.hooks?.setSelect?.forEach(hook =>
        hook?.({
          select: { left: 10, width: 20 },
          posToVal: (at: number) => at / 10,
          setSelect: () => undefined
        } as never)
      );
    });
    expect(wantCurves).toHaveBeenLastCalledWith(
      expect.objectContaining({ range: [1, 3] })
    );
  });

  it('grow in the same plot', () => {
    const { again } = show({ curves: 1 }, withCurves([acc]));
    const [plot] = FakePlot.shown;
    again(withCurves([aSeries('acc', [0.5, 0.7, 0.99, 0.98, 0.97])]));
    expect(FakePlot.shown).toEqual([plot]);
    expect(plot.data[0]).toHaveLength(5);
  });

  it('are drawn anew in the colours of another theme', async () => {
    show({ curves: 1 }, withCurves([acc]));
    const [before] = FakePlot.shown;
    await act(async () => {
      document.body.setAttribute('data-jp-theme-light', 'false');
    });
    expect(FakePlot.shown).toHaveLength(1);
    expect(FakePlot.shown[0]).not.toBe(before);
  });

  it('of five hundred metrics are eight charts, found by a filter', async () => {
    const many = Array.from({ length: 500 }, (_, i) =>
      aSeries(`m${i}`, [1, 2])
    );
    const wantCurves = jest.fn();
    show({ curves: 500 }, withCurves(many), { wantCurves });
    expect(FakePlot.shown).toHaveLength(8);
    expect(wantCurves.mock.lastCall[0].keys).toHaveLength(8);
    fireEvent.change(screen.getByLabelText('Filter 500 metrics'), {
      target: { value: 'm499' }
    });
    expect(wantCurves.mock.lastCall[0].keys).toEqual(['m499']);
  });
});

describe('cells', () => {
  const flagged = someCells([
    anExecution(1, 'x = 1', { duration_s: 2 }),
    anExecution(2, 'y = x', {
      position: null,
      marks: [{ kind: 'gone', names: ['y'], other: 3, lines: null }]
    }),
    anExecution(3, 'boom()', {
      error: { kind: 'ValueError', message: 'bad' },
      writes: [{ path: 'out.csv', outside: false }]
    })
  ]);

  it('stand in the order they ran, with what makes them doubtful', async () => {
    show({}, { cells: ready(flagged) });
    const cells = section('Cells in the order they ran');
    expect(cells).toHaveTextContent('1 cell left hidden state behind');
    expect(cells).toHaveTextContent('but y was used by execution 3');
    expect(cells).toHaveTextContent('ValueError: bad');
    expect(cells).toHaveTextContent('writes 1');
    await userEvent.click(
      screen.getByRole('checkbox', { name: 'Only flagged' })
    );
    expect(within(cells).queryByText('x = 1')).toBeNull();
    expect(within(cells).getByText('y = x')).toBeInTheDocument();
  });

  it('unfold to their text as it ran, and lead to the notebook', async () => {
    const source = jest.fn(async () => 'x = 1\nprint(x)');
    const showCell = jest.fn();
    show({}, { cells: ready(flagged) }, { source, showCell });
    await press('x = 1');
    expect(await screen.findByText(/print\(x\)/)).toBeInTheDocument();
    expect(source).toHaveBeenCalledWith('hash-1');
    await press('Show in notebook');
    expect(showCell).toHaveBeenCalledWith('train.ipynb', 'c1');
  });

  it('that were not recorded leave no trace', () => {
    const error = {
      code: 'not-recorded',
      message: 'x',
      kept: '',
      next: '',
      retryable: false
    };
    show({}, { cells: { kind: 'failed', error } });
    expect(screen.queryByText(/Cells in the order/)).toBeNull();
  });
});

describe('files that nobody declared', () => {
  it('become outputs and inputs, or are none', async () => {
    const claim = jest.fn();
    show(
      {
        undeclared: [
          anUndeclared('out.csv'),
          anUndeclared('in.csv', { mode: 'r', cell: 2 })
        ],
        inputs: [aFile('a.csv', { claimed: true })],
        observed: { reads: 1, writes: 1, lost: true }
      },
      {},
      { claim }
    );
    expect(section('Outputs')).toHaveTextContent('0 + 1 undeclared');
    expect(section('Inputs')).toHaveTextContent('added after the run');
    expect(section('Inputs')).toHaveTextContent('Not complete');
    await press('Add out.csv as output');
    await press('Add in.csv as input');
    await press('in.csv is not part of the run');
    expect(claim.mock.calls).toEqual([
      ['out.csv', 'output'],
      ['in.csv', 'input'],
      ['in.csv', 'none']
    ]);
  });
});

describe('the environment', () => {
  const environment = anEnvironment({
    packages: { numpy: '2.4.1', mine: '0.1' },
    origins: {
      mine: { kind: 'editable', url: '/src/mine', commit: null, dirty: true }
    },
    git: {
      commit: 'c14b77e0aa11',
      branch: 'main',
      dirty: true,
      diff: '-a\n+b\n',
      diff_bytes: 6,
      untracked: 2
    },
    machine: {
      os: 'Linux',
      cpu: 'EPYC',
      cores: 16,
      memory_bytes: 64e9,
      gpus: [],
      driver: null,
      cuda: null
    },
    seeds: { random_state: '42' },
    compared: {
      to: BEFORE.id,
      title: 'Before',
      time: null,
      python: null,
      packages: [{ name: 'numpy', before: '2.3.0', after: '2.4.1' }],
      other: []
    }
  });

  it('says how it differs, from where packages are, what was not committed', async () => {
    const compareEnvironment = jest.fn();
    const wantCurves = jest.fn();
    show(
      { environment: true },
      { environment: ready(environment) },
      { compareEnvironment, wantCurves }
    );
    await tab(/Environment/);
    expect(
      screen.getAllByRole('region', { name: 'Differences' })[0]
    ).toHaveTextContent('numpy2.4.12.3.0');
    expect(section('Environment')).toHaveTextContent('16 cores, 64 GB');
    expect(
      screen.getAllByRole('region', { name: 'Packages' })[0]
    ).toHaveTextContent(
      'mine0.1 · editable /src/mine with uncommitted changes'
    );
    await press(/Show the changes/);
    expect(section('Uncommitted changes')).toHaveTextContent('-a +b');
    await userEvent.selectOptions(
      screen.getByRole('combobox', { name: 'Compare with' }),
      'now'
    );
    expect(compareEnvironment).toHaveBeenCalledWith('now');
    expect(wantCurves).toHaveBeenLastCalledWith(
      expect.objectContaining({ keys: ['system/*'] })
    );
  });
});

describe('the log', () => {
  it('of a hundred megabytes draws what is seen', () => {
    const lines = Array.from({ length: 1_000_000 }, (_, i) => `line ${i}`);
    const { container } = show({}, { log: ready(aLog(lines, { cut: true })) });
    expect(section('Logs')).toHaveTextContent('1,000,000 lines');
    expect(section('Logs')).toHaveTextContent('The middle was left out');
    const drawn = container.querySelectorAll('.ds-LogView-line');
    expect(drawn.length).toBeLessThan(100);
    expect(drawn[drawn.length - 1]).toHaveTextContent('line 999999');
  });

  it('is searched, saved, and goes back', async () => {
    const saveLog = jest.fn();
    const earlierLog = jest.fn();
    show(
      {},
      { log: ready(aLog(['one', 'two', 'one more'], { from: 7, total: 10 })) },
      { saveLog, earlierLog }
    );
    await userEvent.type(
      screen.getByRole('searchbox', { name: 'Search the log' }),
      'ONE'
    );
    expect(section('Logs')).toHaveTextContent(
      '2 lines found among the 3 shown'
    );
    expect(screen.queryByText('two')).toBeNull();
    await press('Save');
    await press('Show older lines');
    expect([saveLog, earlierLog].map(({ mock }) => mock.calls.length)).toEqual([
      1, 1
    ]);
  });
});

describe('media', () => {
  const callbacks = {
    mediaUrl: (n: number) => `/media/${n}`,
    mediaText: jest.fn(async () => 'a,b\n<b>1</b>,2\n'),
    downloadMedia: jest.fn()
  };

  it('are one step of each key; HTML is only downloaded', async () => {
    const { container } = show(
      {
        media: [
          aMedia(0),
          aMedia(1),
          aMedia(2, { key: 'page', kind: 'html', mime: 'text/html' }),
          aMedia(3, { key: 'vector', mime: 'image/svg+xml' }),
          aMedia(4, { key: 'big', size: 9e6 }),
          aMedia(5, { key: 'rows', kind: 'table', mime: 'text/csv' })
        ]
      },
      {},
      callbacks
    );
    await tab(/Media/);
    const images = (): (string | null)[] =>
      [...container.querySelectorAll('img')].map(one =>
        one.getAttribute('src')
      );
    expect(images()).toEqual(['/media/1']);
    expect(screen.getAllByRole('button', { name: 'Download' })).toHaveLength(2);
    await press('Show');
    expect(images()).toEqual(['/media/1', '/media/4']);
    expect(await screen.findByText('<b>1</b>')).toBeInTheDocument();
    expect(container.querySelector('td b')).toBeNull();
    const slider = screen.getByRole('slider', { name: 'Step of confusion' });
    expect(slider).toHaveAttribute('aria-valuetext', 'step 1');
  });
});

describe('labels', () => {
  it('a pin is said in words', () => {
    show({ labels: [{ key: 'pinned', value: 'yes' }] });
    expect(
      screen.getByRole('list', { name: 'Models and labels' })
    ).toHaveTextContent(/^Pinned$/);
  });

  it('are added and taken away in place', async () => {
    const setLabel = jest.fn();
    show({ labels: [{ key: 'stage', value: 'tuned' }] }, {}, { setLabel });
    await press('Remove label stage');
    await press('Label');
    await userEvent.keyboard('sweep');
    await userEvent.type(
      screen.getByRole('textbox', { name: 'Value' }),
      'a b{Enter}'
    );
    expect(setLabel.mock.calls).toEqual([
      ['stage', null],
      ['sweep', 'a b']
    ]);
  });
});

describe('how an interrupted run went', () => {
  it.each([
    ['ended', 'Interrupted: ended'],
    ['crashed', 'Interrupted: crashed'],
    ['lost', 'Interrupted: lost with its machine']
  ] as const)('%s', (ending, words) => {
    const { container } = show({ state: 'interrupted', ending });
    expect(container.querySelector('header')).toHaveTextContent(words);
  });

  it('and how far it was', () => {
    const told = { stopped_at: 12, stopped_of: 60 } as const;
    const { container } = show({ state: 'interrupted', ending: null, ...told });
    expect(container.querySelector('header')).toHaveTextContent(
      'Interrupted at step 12/60'
    );
  });
});

it('text of runs stays text, in every part', async () => {
  const { container } = show(
    {
      curves: 1,
      description: HOSTILE,
      labels: [{ key: HOSTILE, value: HOSTILE }],
      undeclared: [anUndeclared(HOSTILE)],
      media: [aMedia(0, { key: HOSTILE, caption: HOSTILE })]
    },
    {
      ...withCurves([aSeries(HOSTILE, [1, 2])]),
      cells: ready(someCells([anExecution(1, HOSTILE)])),
      log: ready(aLog([HOSTILE]))
    }
  );
  expect(injected(container)).toEqual([]);
});

it.each(['Overview', 'Cells', 'Files', 'Environment', 'Logs', 'Media'])(
  'axe finds nothing wrong in %s',
  async name => {
    const { container } = show(
      { curves: 1, undeclared: [anUndeclared('a')], media: [aMedia(0)] },
      {
        ...withCurves([aSeries('acc', [1, 2])]),
        cells: ready(someCells([anExecution(1, 'x')])),
        log: ready(aLog(['a'])),
        environment: ready(anEnvironment())
      },
      { source: async () => '', claim: jest.fn(), setLabel: jest.fn() }
    );
    fireEvent.click(screen.getByText(name, { selector: '[role=tab]' }));
    expect(await violations(container)).toEqual([]);
  }
);
