import type { Storage } from '@dotscience/core';

import { FakeClient, refusal } from '../../api/testing/client';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { StorageModel } from '../model';

const STORAGE: Storage = {
  counted: null,
  bytes: 1,
  chunks_bytes: 1,
  objects_bytes: 0,
  records_bytes: 0,
  free_bytes: 10,
  budget_bytes: 5,
  budget_default: true,
  unused_bytes: 0,
  runs: [],
  plan: null
};

async function setup(): Promise<{
  client: FakeClient;
  storage: StorageModel;
}> {
  const client = new FakeClient();
  client.storageNow = STORAGE;
  const model = new WorkspaceModel(client, new FakePlace());
  await model.look();
  const { id: workspace, name } = client.workspace;
  return { client, storage: new StorageModel(model, { workspace, name }) };
}

describe('StorageModel', () => {
  it('shows what was counted last, then what is counted anew', async () => {
    const { client, storage } = await setup();
    await storage.open();
    const calls = client.calls.filter(call => call.startsWith('storage'));
    expect(calls).toEqual(['storage', 'storage fresh']);
    expect(storage.state).toMatchObject({ kind: 'shown', verify: null });
  });

  it('sets the budget, pins and unpins by a label, keeps runs', async () => {
    const { client, storage } = await setup();
    client.publish('run-1');
    await storage.setBudget(7);
    await storage.pin('run-1', true);
    await storage.pin('run-1', false);
    await storage.keepRuns();
    expect(client.calls).toEqual(
      expect.arrayContaining([
        'setBudget 7',
        'label run-1 pinned yes',
        'label run-1 pinned',
        'keepRuns'
      ])
    );
    expect(storage.failure).toBeNull();
  });

  it('follows what frees and what checks to its end, then counts anew', async () => {
    const { client, storage } = await setup();
    const dry = storage.gc(false);
    await until(() => client.jobs.size === 1);
    client.endJob([...client.jobs.keys()][0], { state: 'done' });
    await dry;
    expect(client.calls).toContain('gc false');
    expect(client.calls.at(-1)).toMatch(/storage fresh|verifyReport/);
  });

  it('tells an act that failed, and nothing of one that was cancelled', async () => {
    const { client, storage } = await setup();
    await storage.open();
    const check = storage.verify(true);
    await until(() => client.jobs.size === 1);
    client.endJob([...client.jobs.keys()][0], { state: 'cancelled' });
    await check;
    expect(client.calls).toContain('verify repair');
    expect(storage.failure).toBeNull();
    client.failing = refusal('store-unwritable');
    await storage.setBudget(1);
    expect(storage.failure?.body.code).toBe('store-unwritable');
    expect(storage.state.kind).toBe('shown');
  });

  it('says why there is nothing to show', async () => {
    const { client, storage } = await setup();
    client.failing = refusal('workspace-unknown');
    await storage.open();
    expect(storage.state).toMatchObject({ kind: 'failed' });
  });
});

async function until(true_: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!true_() && Date.now() < deadline) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
