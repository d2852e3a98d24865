import type { LiveRun, Series } from '@dotscience/core';

import { FakeClient } from '../../api/testing/client';
import { offline } from '../../api/failure';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { LiveCurves } from '../curves';

const live = (points: number): LiveRun => ({
  id: 'a',
  description: null,
  started: '2026-11-21T14:00:00.000000Z',
  notebook: null,
  metrics: [],
  group: null,
  points,
  last_told: null,
  progress: null,
  cell: null,
  workload: null
});

const series = (values: number[]): Series => ({
  key: 'acc',
  count: values.length,
  sampled: false,
  steps: values.map((_, i) => i),
  seconds: values.map((_, i) => i),
  values,
  min: null,
  max: null,
  last: null,
  last_text: null,
  last_time: null,
  overlaps: []
});

async function setUp() {
  jest.useFakeTimers();
  const client = new FakeClient();
  client.tell({ running: [live(2)] });
  client.seriesOf('a').set('acc', series([1, 2]));
  const model = new WorkspaceModel(client, new FakePlace());
  const watching = model.watch();
  await model.look();
  const curves = new LiveCurves(model);
  const asked = () => client.calls.filter(call => call.startsWith('series'));
  const values = () => curves.curves.get('a')?.values;
  const point = async (all: number[]): Promise<void> => {
    client.seriesOf('a').set('acc', series(all));
    client.tell({ running: [live(all.length)] });
    await model.look();
    await settle();
  };
  const settle = () => jest.advanceTimersByTimeAsync(0);
  return { client, model, curves, watching, asked, values, point, settle };
}

afterEach(() => jest.useRealTimers());

describe('LiveCurves', () => {
  it('asks for nothing that is not on screen', async () => {
    const { asked, curves, settle, watching } = await setUp();
    await settle();
    expect(asked()).toEqual([]);
    watching.dispose();
    curves.want([{ run: 'a', key: 'acc' }]);
    await settle();
    expect(asked()).toEqual([]);
  });

  it('fetches what is wanted, small', async () => {
    const { asked, curves, settle, values } = await setUp();
    curves.want([{ run: 'a', key: 'acc' }]);
    await settle();
    expect(asked()).toEqual(['series a acc step 120']);
    expect(values()).toEqual([1, 2]);
  });

  it('follows new points at most once a second', async () => {
    const { asked, curves, point, settle, values } = await setUp();
    curves.want([{ run: 'a', key: 'acc' }]);
    await settle();
    await point([1, 2, 3]);
    await point([1, 2, 3, 4]);
    expect(asked()).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(asked()).toHaveLength(2);
    expect(values()).toEqual([1, 2, 3, 4]);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(asked()).toHaveLength(2);
  });

  it('keeps the curve when a fetch fails, and tries again with the next point', async () => {
    const { client, curves, point, settle, values } = await setUp();
    curves.want([{ run: 'a', key: 'acc' }]);
    await settle();
    await point([1, 2, 3]);
    client.failing = offline();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(values()).toEqual([1, 2]);
    client.failing = null;
    await point([1, 2, 3, 4]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(values()).toEqual([1, 2, 3, 4]);
  });

  it('lets go what is not wanted any more', async () => {
    const { curves, settle } = await setUp();
    curves.want([{ run: 'a', key: 'acc' }]);
    await settle();
    curves.want([]);
    await jest.advanceTimersByTimeAsync(1_000);
    curves.dispose();
    expect(curves.isDisposed).toBe(true);
  });
});
