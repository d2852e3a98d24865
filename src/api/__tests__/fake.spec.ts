/** The client that the tests use instead of a server answers in the shapes of `protocol/`. */
import { misfits } from '../../../packages/core/src/protocol/__tests__/schemas';
import { FakeClient } from '../testing/client';

const ID = '01890000-0000-7000-8000-000000000001';

it.each([
  ['workspace', (client: FakeClient) => client.workspaceAt('')],
  ['status', (client: FakeClient) => client.status(ID)],
  ['feed', (client: FakeClient) => client.feed(ID, 0)],
  ['run', (client: FakeClient) => client.run(ID, 'a')],
  ['job', (client: FakeClient) => client.saveSnapshot(ID, 'text')],
  ['series', (client: FakeClient) => client.series(ID, 'a', {})]
] as const)('%s', async (schema, ask) => {
  const client = new FakeClient(ID);
  client.publish('a', { description: 'one' });
  expect(misfits(schema, await ask(client))).toBeNull();
});
