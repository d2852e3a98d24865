import type { CellsAnswer } from '@dotscience/core';

import { offline } from '../../api/failure';
import { FakeClient } from '../../api/testing/client';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { HiddenState } from '../follow';

const ANSWER: CellsAnswer = {
  format: 1,
  run: null,
  notebook: 'a.ipynb',
  saved: null,
  executions: [],
  earlier: 0,
  cells: 0,
  flagged: 0
};

async function setUp(path: string | null = 'a.ipynb') {
  jest.useFakeTimers();
  const client = new FakeClient();
  const model = new WorkspaceModel(client, new FakePlace());
  await model.look();
  const state = new HiddenState(model, () => path);
  const asked = () => client.calls.filter(call => call.startsWith('hidden'));
  const wait = (ms: number) => jest.advanceTimersByTimeAsync(ms);
  return { client, model, state, asked, wait };
}

afterEach(() => jest.useRealTimers());

describe('HiddenState', () => {
  it('asks once a second at most, however many cells run', async () => {
    const { client, state, asked, wait } = await setUp();
    client.hiddenOf.set('a.ipynb', ANSWER);
    for (let i = 0; i < 50; i++) {
      state.request();
    }
    await wait(0);
    expect(asked()).toEqual(['hidden a.ipynb']);
    expect(state.answer).toEqual(ANSWER);
    await wait(10_000);
    expect(asked()).toHaveLength(2);
  });

  it('asks again when the worker has something new soon after, and not later', async () => {
    const { client, model, state, asked, wait } = await setUp();
    state.request();
    await wait(1_500);
    client.tell({});
    await model.look();
    await wait(1_500);
    expect(asked()).toHaveLength(2);
    await wait(10_000);
    client.tell({});
    await model.look();
    await wait(1_500);
    expect(asked()).toHaveLength(2);
  });

  it('says nothing where no session is recorded', async () => {
    const { client, state, wait } = await setUp();
    client.hiddenOf.set('a.ipynb', ANSWER);
    state.request();
    await wait(1_500);
    client.hiddenOf.clear();
    state.request();
    await wait(1_500);
    expect(state.answer).toBeNull();
  });

  it('keeps what it knows while the server is away', async () => {
    const { client, state, wait } = await setUp();
    client.hiddenOf.set('a.ipynb', ANSWER);
    state.request();
    await wait(1_500);
    client.failing = offline();
    state.request();
    await wait(1_500);
    expect(state.answer).toEqual(ANSWER);
    state.forget();
    expect(state.answer).toBeNull();
  });

  it('asks nothing for a notebook that is not the current one', async () => {
    const { state, asked, wait } = await setUp(null);
    state.request();
    await wait(5_000);
    expect(asked()).toEqual([]);
  });
});
