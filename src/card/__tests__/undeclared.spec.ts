import type { ObservedFile, Run } from '@dotscience/core';

import { FakeClient } from '../../api/testing/client';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { UndeclaredCounts } from '../undeclared';

const file = (over: Partial<ObservedFile>): ObservedFile => ({
  path: 'model.json',
  outside: false,
  mode: 'w',
  by: 'hook',
  cell: 1,
  when: 'run',
  size: 8,
  ...over
});

async function opened(undeclared: ObservedFile[]) {
  const client = new FakeClient();
  client.publish('a');
  const real = client.run.bind(client);
  const run = jest
    .spyOn(client, 'run')
    .mockImplementation(
      async (workspace: string, id: string): Promise<Run> => ({
        ...(await real(workspace, id)),
        undeclared
      })
    );
  const model = new WorkspaceModel(client, new FakePlace());
  await model.look();
  const changed = jest.fn();
  return {
    client,
    model,
    run,
    changed,
    counts: new UndeclaredCounts(model, changed)
  };
}

const settled = (): Promise<void> => new Promise(done => setTimeout(done));

describe('what a card says was not declared', () => {
  it('is what the run wrote here, whatever the snapshot holds', async () => {
    const { counts, changed } = await opened([
      file({}),
      file({ path: 'log.txt', mode: 'rw' }),
      file({ path: 'data.csv', mode: 'r' }),
      file({ path: '/tmp/x', outside: true }),
      file({ path: 'old', when: 'before', mode: 'rw' })
    ]);
    expect(counts.of('a')).toBe(0);
    await settled();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(counts.of('a')).toBe(2);
  });

  it('is asked once for each revision of the run', async () => {
    const found = [file({})];
    const { client, model, run, counts } = await opened(found);
    counts.of('a');
    counts.of('a');
    await settled();
    counts.of('a');
    expect(run).toHaveBeenCalledTimes(1);
    client.publish('a');
    await model.look();
    found.length = 0;
    expect(counts.of('a')).toBe(1);
    await settled();
    expect(counts.of('a')).toBe(0);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('is nothing where the run is not known or not told', async () => {
    const { run, counts, changed } = await opened([]);
    expect(counts.of('z')).toBe(0);
    expect(run).not.toHaveBeenCalled();
    run.mockRejectedValueOnce(new Error('gone'));
    expect(counts.of('a')).toBe(0);
    await settled();
    expect(changed).not.toHaveBeenCalled();
  });
});
