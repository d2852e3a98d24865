import '@testing-library/jest-dom';

import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import { aLiveRun, aRun, aStore, STILL, values } from '../../testing/builders';
import { aSeries } from '../../testing/parts';
import { LiveRunCard } from '../LiveRunCard';
import { RunCard } from '../RunCard';
import type { CardRun, RunCardProps } from '../props';

const card = (id: string, acc: number): CardRun => ({
  id,
  description: `acc ${acc}`,
  error: null,
  started: null,
  ended: null,
  parameters: [],
  metrics: [['acc', String(acc)]],
  labels: [],
  inputs: [],
  outputs: []
});

const sweep = Array.from({ length: 200 }, (_, i) =>
  aRun(i + 1, {
    group: 'alpha-nov',
    curves: 1,
    metrics: values({ acc: i === 120 ? 0.99 : 0.5 })
  })
);

function show(
  props: Partial<RunCardProps>,
  ids: readonly number[],
  total: number
) {
  const runs = ids.map(i => card(sweep[i].id, i === 120 ? 0.99 : 0.5));
  return render(
    <RunCard
      data={{ runs, total }}
      runs={aStore(sweep)}
      clock={STILL}
      {...props}
    />
  );
}

it('of a run that goes on shows values, curve and progress, and opens the run', async () => {
  const wantCurve = jest.fn();
  const openRun = jest.fn();
  const run = aLiveRun({
    metrics: values({ acc: 0.9 }),
    points: 43,
    last_told: STILL.now() > 0 ? '2026-11-21T14:04:59.000000Z' : null,
    progress: { done: 43, total: 60, label: null, left_s: 53 }
  });
  const { container } = render(
    <LiveRunCard
      run={run}
      curve={aSeries('acc', [0.1, 0.5, 0.9])}
      wantCurve={wantCurve}
      openRun={openRun}
      clock={STILL}
    />
  );
  expect(wantCurve).toHaveBeenCalledWith(run.id, 'acc');
  expect(container.querySelector('.ds-Sparkline')).toBeInTheDocument();
  expect(await screen.findByRole('progressbar')).toHaveAttribute(
    'aria-valuenow',
    '72'
  );
  await userEvent.click(screen.getByRole('button', { name: 'Open run' }));
  expect(openRun).toHaveBeenCalledWith(run.id);
  expect(await violations(container)).toEqual([]);
}, 30_000);

it('of a published run has its curve and what was not declared', () => {
  const wantCurve = jest.fn();
  const id = sweep[120].id;
  const { container } = show(
    {
      wantCurve,
      curves: new Map([[id, aSeries('acc', [0.5, 0.9])]]),
      undeclared: () => 2
    },
    [120],
    1
  );
  expect(wantCurve).toHaveBeenCalledWith(id, 'acc');
  expect(container.querySelector('.ds-Sparkline')).toBeInTheDocument();
  expect(container).toHaveTextContent('2 undeclared');
});

it('of two hundred runs of a group names their best, and lists all in place', async () => {
  const ends = [...Array(10).keys()].flatMap(i => [i, 190 + i]);
  const { container } = show(
    {},
    ends.sort((a, b) => a - b),
    200
  );
  expect(container).toHaveTextContent('alpha-nov');
  expect(container).toHaveTextContent('best acc 0.99');
  await userEvent.click(screen.getByText('+ 195'));
  expect(container.querySelectorAll('tbody tr')).toHaveLength(200);
  expect(container.querySelector('.ds-mod-unfolded')).toBeInTheDocument();
});
