import type { CaptureSettings, Draft } from '@dotscience/core';

import { FakeClient, refusal } from '../../api/testing/client';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { Folds } from '../folds';
import { Sessions } from '../sessions';

const draft = (id: string): Draft => ({
  id,
  notebook: 'a.ipynb',
  started: '2026-11-21T14:00:00.000000Z',
  ended: null,
  cells: 1,
  reads: 0,
  writes: 0,
  error: null,
  expires: null,
  kept: false,
  snapshot: 'none'
});

async function setUp() {
  jest.useFakeTimers();
  const client = new FakeClient();
  const model = new WorkspaceModel(client, new FakePlace());
  model.watch();
  const sessions = new Sessions(model);
  const settle = () => jest.advanceTimersByTimeAsync(1_000);
  const has = async (ids: readonly string[]): Promise<void> => {
    client.draftsNow = ids.map(draft);
    client.tell({ drafts: ids.length });
    await model.look();
    await settle();
  };
  const asked = (call: string) => client.calls.filter(made => made === call);
  return { client, model, sessions, has, settle, asked };
}

afterEach(() => jest.useRealTimers());

describe('Sessions', () => {
  it('follows the sessions, asking only where there are some', async () => {
    const { sessions, has, asked } = await setUp();
    await has([]);
    expect(sessions.drafts).toEqual([]);
    expect(asked('drafts')).toHaveLength(0);
    await has(['a']);
    expect(sessions.drafts?.map(({ id }) => id)).toEqual(['a']);
    await has(['b', 'a']);
    expect(sessions.drafts?.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(asked('drafts')).toHaveLength(2);
  });

  it('knows whether they are recorded, and turns that on', async () => {
    const { client, sessions, has } = await setUp();
    client.settings = { capture: false, mlflow: true, locked: [] };
    await has([]);
    expect(sessions.capture).toBe(false);
    expect(sessions.canTurnOn).toBe(true);
    await sessions.turnOn();
    expect(sessions.capture).toBe(true);
    expect(client.settings).toMatchObject({ capture: true, mlflow: true });
  });

  it('does not offer what an environment variable decides', async () => {
    const { client, sessions, has } = await setUp();
    client.settings = { capture: false, mlflow: false, locked: ['capture'] };
    await has([]);
    expect(sessions.canTurnOn).toBe(false);
  });

  it('hears of settings changed elsewhere when the panel is shown again', async () => {
    const { client, sessions, has, settle } = await setUp();
    await has([]);
    client.settings = { ...client.settings, capture: false };
    sessions.refresh();
    await settle();
    expect(sessions.capture).toBe(false);
  });

  it('bears a server that answers something else', async () => {
    const { client, sessions, has } = await setUp();
    client.settings = { theme: 'dark' } as unknown as CaptureSettings;
    await has([]);
    expect(sessions.capture).toBeNull();
    expect(sessions.canTurnOn).toBe(false);
  });

  it('does without where the server has no sessions', async () => {
    const { client, sessions, has } = await setUp();
    await has([]);
    client.drafts = () => Promise.reject(refusal('route-not-found'));
    await has(['a']);
    expect(sessions.drafts).toEqual([]);
  });
});

describe('Folds', () => {
  it('are kept by workspace, and anything else in their place is none', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value)
    };
    new Folds(storage).keep('w', ['sweep']);
    expect(new Folds(storage).of('w')).toEqual(['sweep']);
    expect(new Folds(storage).of('v')).toEqual([]);
    [...kept.keys()].forEach(key => kept.set(key, '{"a":1}'));
    expect(new Folds(storage).of('w')).toEqual([]);
    [...kept.keys()].forEach(key => kept.set(key, 'no JSON'));
    expect(new Folds(storage).of('w')).toEqual([]);
  });

  it('hold without storage', () => {
    const full = () => {
      throw new Error('full');
    };
    const folds = new Folds({ getItem: () => null, setItem: full });
    folds.keep('w', ['a']);
    expect(folds.of('w')).toEqual(['a']);
  });
});
