import '@testing-library/jest-dom';

import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';

import { violations } from '../../testing/axe';
import { aRun, aStore, feed, STILL, values } from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import type { CardRun, RunCardProps } from '../props';
import { RunCard } from '../RunCard';

const card = (seq: number, over: Partial<CardRun> = {}): CardRun => ({
  id: aRun(seq).id,
  description: `Run ${seq}`,
  error: null,
  started: '2026-11-21T13:59:00.000000Z',
  ended: '2026-11-21T14:02:05.000000Z',
  parameters: [['alpha', '1e-4']],
  metrics: [['acc', '0.9908333333']],
  labels: [],
  inputs: ['a.csv', 'b.csv'],
  outputs: ['m.joblib'],
  ...over
});

const show = (runs: readonly CardRun[], over: Partial<RunCardProps> = {}) =>
  render(
    <RunCard data={{ runs, total: runs.length }} clock={STILL} {...over} />
  );

describe('a card of one run', () => {
  it('shows what the block says, with no workspace at hand', () => {
    const { container } = show([card(1)]);
    const region = screen.getByRole('region', { name: 'Run Run 1' });
    expect(region).toHaveTextContent('13:59 · 3 min 05 s');
    expect(region).toHaveTextContent('acc0.9908');
    expect(region).toHaveTextContent('alpha 1e-42 inputs1 output');
    expect(within(region).queryByRole('button')).toBeNull();
    expect(container.querySelector('.ds-RunCard-foot')).toBeEmptyDOMElement();
  });

  it('says where it stands once the workspace knows it', () => {
    const store = aStore([aRun(1, { metrics: values({ acc: 0.98 }) })]);
    show([card(2)], { runs: store });
    expect(screen.queryByText(/best so far/)).toBeNull();
    act(() =>
      feed(store, [
        aRun(2, {
          metrics: values({ acc: 0.9908 }),
          snapshot: { state: 'pending', id: null, duration_s: null }
        })
      ])
    );
    expect(screen.getByText(/best so far/)).toBeInTheDocument();
    expect(screen.getByText('Snapshot pending')).toBeInTheDocument();
    act(() =>
      feed(store, [aRun(2, { revision: 9, metrics: values({ acc: 0.9908 }) })])
    );
    expect(
      screen.getByText('Snapshot 3be1c07 saved in 0.11 s')
    ).toBeInTheDocument();
  });

  it('opens the run where the host can', async () => {
    const openRun = jest.fn();
    show([card(1)], { openRun });
    await userEvent.click(screen.getByRole('button', { name: 'Open run' }));
    expect(openRun).toHaveBeenCalledWith(aRun(1).id);
  });

  it('shows an error, and five of many with a count', () => {
    const metrics = Array.from(
      { length: 17 },
      (_, i) => [`m${i}`, '1'] as const
    );
    const { container } = show([card(1, { error: 'Out of memory', metrics })]);
    expect(container).toHaveTextContent('Out of memory');
    expect(container.querySelectorAll('.ds-RunCard-metric')).toHaveLength(5);
    expect(container).toHaveTextContent('+ 12');
  });
});

describe('a card of many runs', () => {
  const seqs = Array.from({ length: 20 }, (_, i) => i + 1);
  const store = aStore(
    seqs.map(seq =>
      aRun(seq, { metrics: values({ acc: seq === 7 ? 0.99 : 0.9 }) })
    )
  );

  it('has the best first, then the newest, and unfolds the rest', async () => {
    show(
      seqs.map(seq => card(seq)),
      { runs: store, data: { runs: seqs.map(seq => card(seq)), total: 50 } }
    );
    const names = (): (string | null)[] =>
      screen.getAllByRole('rowheader').map(name => name.textContent);
    expect(names()).toEqual(['Run 7', 'Run 20', 'Run 19', 'Run 18', 'Run 17']);
    await userEvent.click(screen.getByRole('button', { name: '+ 45' }));
    expect(names()).toHaveLength(20);
    expect(
      screen.getByText('30 more are in the list of runs')
    ).toBeInTheDocument();
  });

  it('opens each run', async () => {
    const openRun = jest.fn();
    show([card(1), card(2)], { openRun });
    await userEvent.click(
      screen.getByRole('button', { name: 'Open run Run 1' })
    );
    expect(openRun).toHaveBeenCalledWith(aRun(1).id);
  });
});

describe('any card', () => {
  it('shows texts of runs as text', () => {
    const evil = {
      description: HOSTILE,
      error: HOSTILE,
      parameters: [[HOSTILE, HOSTILE]] as const,
      metrics: [[HOSTILE, HOSTILE]] as const,
      inputs: [HOSTILE]
    };
    const { container } = show([card(1, evil)]);
    const { container: many } = show([card(1, evil), card(2, evil)]);
    expect([...injected(container), ...injected(many)]).toEqual([]);
    expect(container).toHaveTextContent('onerror');
  });

  it('axe finds nothing wrong', async () => {
    const { container } = show([card(1)], { openRun: jest.fn() });
    const { container: many } = show([card(1), card(2)], {
      openRun: jest.fn()
    });
    expect([
      ...(await violations(container)),
      ...(await violations(many))
    ]).toEqual([]);
  });

  it('bears that there is nothing in it', () => {
    expect(() => show([])).not.toThrow();
  });
});
