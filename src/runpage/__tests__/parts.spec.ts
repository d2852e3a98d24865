import type { Series } from '@dotscience/core';

import { FakeClient } from '../../api/testing/client';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { lastLines, newLines, olderLines, wholeLog } from '../log';
import { RunPageModel } from '../model';

const curve = (key: string, n: number): Series => ({
  key,
  count: n,
  sampled: false,
  steps: Array.from({ length: n }, (_, i) => i),
  seconds: Array.from({ length: n }, (_, i) => i),
  values: Array.from({ length: n }, (_, i) => i),
  min: 0,
  max: n - 1,
  last: n - 1,
  last_text: String(n - 1),
  last_time: null,
  overlaps: []
});

const LIVE = {
  id: 'a',
  description: 'a',
  started: '2026-11-21T14:02:46.000000Z',
  notebook: 'train.ipynb',
  metrics: [],
  group: null,
  points: 2,
  last_told: null,
  progress: null,
  cell: null,
  workload: null
};

async function openPage() {
  const client = new FakeClient();
  client.publish('a', { curves: 1 });
  client.seriesOf('a').set('loss', curve('loss', 2));
  const workspace = new WorkspaceModel(client, new FakePlace());
  await workspace.look();
  const ref = { workspace: client.workspace.id, run: 'a' };
  const page = new RunPageModel(workspace, ref);
  return { client, workspace, page, ref };
}

/** Resolves when the page fits. */
function until(page: RunPageModel, fits: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (fits()) {
        page.changed.disconnect(look);
        resolve();
      }
    };
    page.changed.connect(look);
    look();
  });
}

const named = (client: FakeClient, name: string): string[] =>
  client.calls.filter(call => call.startsWith(`${name} `));

describe('the parts of a run', () => {
  it('are fetched where the run has them, and nothing else is asked', async () => {
    const { client, page } = await openPage();
    page.refresh();
    await until(page, () => page.parts.state.heads.kind === 'ready');
    expect(client.calls.filter(call => / a\b/.test(call))).toEqual([
      'run a',
      'series a step 10'
    ]);
    expect(page.parts.state.cells.kind).toBe('absent');
    page.dispose();
  });

  it('show the curves that are wanted; the same wish is one call', async () => {
    const { client, page } = await openPage();
    const query = {
      keys: ['loss'],
      axis: 'step',
      range: [0, Infinity],
      before: 'b'
    } as const;
    page.parts.want(query);
    page.parts.want({ ...query });
    await until(page, () => page.parts.state.curves.kind === 'ready');
    expect(named(client, 'series')).toEqual([
      'series a loss step 1000',
      'series b loss step 1000'
    ]);
    page.dispose();
  });

  it('of a run that goes on are fetched again with its points, once a second', async () => {
    jest.useFakeTimers();
    try {
      const { client, workspace, page } = await openPage();
      client.publish('a', { state: 'running' });
      client.tell({ running: [LIVE] });
      await workspace.look();
      page.refresh();
      await jest.advanceTimersByTimeAsync(0);
      const before = named(client, 'run').length;
      for (let points = 3; points < 13; points++) {
        client.tell({ running: [{ ...LIVE, points }] });
        await workspace.look();
        await jest.advanceTimersByTimeAsync(50);
      }
      expect(named(client, 'run')).toHaveLength(before);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(named(client, 'run')).toHaveLength(before + 1);
      // Without new points it rests.
      await jest.advanceTimersByTimeAsync(5_000);
      expect(named(client, 'run')).toHaveLength(before + 1);
      page.dispose();
    } finally {
      jest.useRealTimers();
    }
  });

  it('that were not recorded say so, and stop no other', async () => {
    const { client, workspace, page } = await openPage();
    client.publish('a', { state: 'running' });
    client.tell({ running: [LIVE] });
    await workspace.look();
    page.refresh();
    await until(page, () => page.parts.state.heads.kind === 'ready');
    await until(page, () => page.parts.state.cells.kind === 'failed');
    expect(page.parts.state.cells).toMatchObject({
      error: { code: 'not-recorded' }
    });
    page.dispose();
  });

  it('a label is there when it was added', async () => {
    const { client, page, ref } = await openPage();
    page.refresh();
    await until(page, () => page.state.kind === 'shown');
    await page.amend(client.label(ref.workspace, 'a', 'stage', 'tuned'));
    expect(page.state).toMatchObject({
      run: { labels: [{ key: 'stage', value: 'tuned' }] }
    });
    page.dispose();
  });
});

describe('the log', () => {
  const signal = new AbortController().signal;
  const lines = (n: number): string[] =>
    Array.from({ length: n }, (_, i) => `line ${i}`);

  it('is held from its end, grows, and goes back on request', async () => {
    const { client, page, ref } = await openPage();
    client.logOf.set('a', lines(5_000));
    const held = await lastLines(client, ref, 5_000, signal);
    expect([held.from, held.lines.length, held.total]).toEqual([
      4_000, 1_000, 5_000
    ]);
    client.logOf.set('a', lines(5_010));
    const grown = await newLines(client, ref, held, signal);
    expect(grown.lines).toEqual(lines(5_010).slice(4_000));
    const older = await olderLines(client, ref, grown, signal);
    expect([older.from, older.lines]).toEqual([0, lines(5_010)]);
    page.dispose();
  });

  it('of unknown length is found by its end', async () => {
    const { client, page, ref } = await openPage();
    client.logOf.set('a', lines(30_000));
    const held = await lastLines(client, ref, null, signal);
    expect(held.lines).toEqual(lines(30_000).slice(-1_000));
    page.dispose();
  });

  it('is saved whole', async () => {
    const { client, page, ref } = await openPage();
    client.logOf.set('a', lines(25_000));
    const blob = await wholeLog(client, ref);
    const all = lines(25_000).join('\n').length + 1;
    expect(blob.size).toBe(all);
    page.dispose();
  });
});
