import '@testing-library/jest-dom';
import type { Rerun, Verdict } from '@dotscience/core';
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import type { Part } from '../../runpage/parts';
import { violations } from '../../testing/axe';
import { NOW } from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import { ready } from '../../testing/parts';
import { Repetitions } from '../Repetitions';
import { RunAgain } from '../RunAgain';
import { VerdictSection } from '../VerdictSection';

const aPlan = (over: Partial<Rerun> = {}): Rerun => ({
  run: 'run-1',
  kind: 'script',
  what: 'python train.py --lr 0.1',
  reason: null,
  environment: [],
  can_rebuild: 'uv',
  not_kept: 0,
  repetitions: [],
  ...over
});

const aVerdict = (over: Partial<Verdict> = {}): Verdict => ({
  run: 'run-2',
  of: 'aaaaaaaa-0000',
  verdict: 'same',
  metrics: [
    { key: 'loss', before: '0.1', after: '0.1', tolerance: 1e-9, same: true }
  ],
  causes: [],
  folder: null,
  time: NOW,
  ...over
});

const packages = (count: number): Rerun['environment'] =>
  Array.from({ length: count }, (_, n) => ({
    what: 'package' as const,
    name: `package-${n}`,
    then: '1.0',
    now: n === 0 ? null : '2.0'
  }));

function again(plan: Part<Rerun>): {
  look: jest.Mock;
  start: jest.Mock;
  close: jest.Mock;
} {
  const mocks = {
    look: jest.fn(),
    ask: jest.fn(),
    start: jest.fn(async () => undefined),
    openRun: jest.fn(),
    close: jest.fn()
  };
  render(
    <main>
      <RunAgain plan={plan} callbacks={mocks} close={mocks.close} />
    </main>
  );
  return mocks;
}

describe('RunAgain', () => {
  it('says what runs where, and starts it as the environment is', async () => {
    const user = userEvent.setup();
    const { start, close } = again(ready(aPlan()));
    expect(screen.getByText('python train.py --lr 0.1')).toBeVisible();
    expect(screen.getByText(/Nothing of yours is overwritten/)).toBeVisible();
    expect(screen.getByText(/No difference/)).toBeVisible();
    await user.click(screen.getByRole('button', { name: /^Run again/ }));
    expect(start).toHaveBeenCalledWith('current');
    expect(close).toHaveBeenCalled();
  });

  it('rebuilds the environment when that is chosen', async () => {
    const user = userEvent.setup();
    const { start } = again(ready(aPlan({ environment: packages(2) })));
    await user.click(screen.getByRole('radio', { name: /rebuilt with uv/ }));
    expect(screen.queryByRole('table')).toBeNull();
    await user.click(screen.getByRole('button', { name: /^Run again/ }));
    expect(start).toHaveBeenCalledWith('rebuild');
  });

  it('offers no rebuild where it cannot be had', () => {
    again(ready(aPlan({ can_rebuild: null })));
    expect(screen.getAllByRole('radio')).toHaveLength(1);
  });

  it('names differences of the environment, the first five and then all', async () => {
    const user = userEvent.setup();
    again(ready(aPlan({ environment: packages(8) })));
    expect(
      screen.getByText('8 differences to what the run recorded.')
    ).toBeVisible();
    expect(screen.getAllByRole('row')).toHaveLength(6);
    expect(
      screen.getByRole('row', { name: 'package-0 1.0 none' })
    ).toBeVisible();
    await user.click(screen.getByRole('button', { name: '+ 3' }));
    expect(screen.getAllByRole('row')).toHaveLength(9);
  });

  it('warns of files that were not kept', () => {
    again(ready(aPlan({ not_kept: 3 })));
    expect(screen.getByText(/3 files of it were not kept/)).toBeVisible();
  });

  it('says why it cannot be run again', () => {
    again(
      ready(aPlan({ kind: 'none', what: null, reason: 'No code was kept.' }))
    );
    expect(screen.getByText('No code was kept.')).toBeVisible();
    expect(screen.queryByRole('button', { name: /^Run again/ })).toBeNull();
  });

  it('says what failed, and looks again', async () => {
    const user = userEvent.setup();
    const error = {
      code: 'snapshot-pending',
      message: 'The snapshot is not taken yet.',
      kept: 'All.',
      next: 'Try again in a moment.',
      retryable: true
    };
    const { look } = again({ kind: 'failed', error });
    expect(screen.getByText('Try again in a moment.')).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    expect(look).toHaveBeenCalled();
  });

  it('has the focus, and closes by Escape', () => {
    const { close } = again(ready(aPlan()));
    const head = screen.getByRole('heading', { name: 'Run again' });
    expect(head).toHaveFocus();
    fireEvent.keyDown(head, { key: 'Escape' });
    expect(close).toHaveBeenCalled();
  });

  it('says after a moment that it is looking', async () => {
    again({ kind: 'loading' });
    expect(await screen.findByRole('status')).toHaveTextContent('Comparing');
  });

  it('shows texts of runs as text, and axe finds nothing', async () => {
    const environment = [{ ...packages(1)[0], name: HOSTILE, now: HOSTILE }];
    again(ready(aPlan({ what: HOSTILE, environment, not_kept: 1 })));
    await act(async () => undefined);
    expect(injected(document.body)).toEqual([]);
    expect(await violations(document.body)).toEqual([]);
  });
});

describe('VerdictSection', () => {
  const show = (
    verdict: Part<Verdict>,
    run = {
      repeats: 'aaaaaaaa-0000',
      verdict: null as Verdict['verdict'] | null
    }
  ): jest.Mock => {
    const openRun = jest.fn();
    render(<VerdictSection run={run} verdict={verdict} openRun={openRun} />);
    return openRun;
  };

  it('says that the same came out, and how exactly', async () => {
    const user = userEvent.setup();
    const openRun = show(ready(aVerdict()));
    expect(screen.getByRole('region')).toHaveTextContent(
      'Repeats aaaaaaaa: same within 1e-9'
    );
    await user.click(screen.getByRole('button', { name: 'Open run aaaaaaaa' }));
    expect(openRun).toHaveBeenCalledWith('aaaaaaaa-0000');
  });

  it('says what differs, before and now, and why', () => {
    show(
      ready(
        aVerdict({
          verdict: 'differs',
          metrics: [
            {
              key: 'acc',
              before: '0.9',
              after: '0.8',
              tolerance: 1e-9,
              same: false
            },
            { key: 'n', before: '10', after: '10', tolerance: 0, same: true }
          ],
          causes: [
            {
              cause: 'seed',
              detail: 'random.random() without a seed',
              evidence: 'With PYTHONHASHSEED and seed 0 both runs gave 0.85.'
            }
          ]
        })
      )
    );
    expect(screen.getByText('acc differs')).toBeVisible();
    expect(screen.getByRole('row', { name: 'acc 0.9 0.8' })).toBeVisible();
    expect(screen.getByText('1 metric is the same')).toBeVisible();
    const why = screen.getByRole('listitem');
    expect(why).toHaveTextContent(
      'Random numbers random.random() without a seed'
    );
    expect(within(why).getByText(/both runs gave 0.85/)).toBeVisible();
  });

  it('says what the run says until the verdict is there', () => {
    show({ kind: 'loading' }, { repeats: 'aaaaaaaa-0000', verdict: 'same' });
    expect(screen.getByRole('region')).toHaveTextContent(
      'Repeats aaaaaaaa: Same'
    );
  });

  it('says when there is nothing to compare', () => {
    show(ready(aVerdict({ verdict: 'unknown', metrics: [] })));
    expect(screen.getByText('no metric to compare')).toBeVisible();
  });

  it('shows nothing on a run that repeats none', () => {
    const { container } = render(
      <VerdictSection
        run={{ repeats: null, verdict: null }}
        verdict={{ kind: 'absent' }}
        openRun={jest.fn()}
      />
    );
    expect(container).toBeEmptyDOMElement();
  });

  it('shows texts as text, and axe finds nothing', async () => {
    const bad = { cause: 'code' as const, detail: HOSTILE, evidence: HOSTILE };
    const metrics = [
      {
        key: HOSTILE,
        before: HOSTILE,
        after: null,
        tolerance: null,
        same: false
      }
    ];
    show(
      ready(
        aVerdict({
          verdict: 'differs',
          metrics,
          causes: [bad],
          folder: HOSTILE
        })
      )
    );
    expect(injected(document.body)).toEqual([]);
    expect(await violations(document.body)).toEqual([]);
  });
});

describe('Repetitions', () => {
  it('lists them with what came out', async () => {
    const user = userEvent.setup();
    const openRun = jest.fn();
    const repetitions = [
      { run: 'bbbbbbbb-1', verdict: 'same' as const, time: NOW }
    ];
    render(<Repetitions repetitions={repetitions} openRun={openRun} />);
    expect(screen.getByRole('listitem')).toHaveTextContent(/^Samebbbbbbbb/);
    await user.click(screen.getByRole('button', { name: 'Open run bbbbbbbb' }));
    expect(openRun).toHaveBeenCalledWith('bbbbbbbb-1');
    expect(await violations(document.body)).toEqual([]);
  });

  it('is not there where there are none', () => {
    const { container } = render(
      <Repetitions repetitions={[]} openRun={jest.fn()} />
    );
    expect(container).toBeEmptyDOMElement();
  });
});
