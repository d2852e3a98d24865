import type { Event } from '@jupyterlab/services';
import { Stream } from '@lumino/signaling';

import { FakeClient } from '../../api/testing/client';
import { missing } from '../../api/failure';
import { EVENT_SCHEMA, Heartbeat } from '../heartbeat';
import { WorkspaceModel } from '../model';
import { FakePlace } from '../testing/place';

function setUp() {
  const client = new FakeClient();
  const model = new WorkspaceModel(client, new FakePlace());
  const events = new Stream<Event.IManager, Event.Emission>(
    {} as Event.IManager
  );
  const heartbeat = new Heartbeat(model, events);
  const look = jest.spyOn(model, 'look');
  return { client, model, events, heartbeat, look };
}

describe('Heartbeat', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  it('looks at once, then at an interval that follows what is on screen', async () => {
    const { model, heartbeat, look } = setUp();
    heartbeat.start();
    await pass(1);
    expect(look).toHaveBeenCalledTimes(1);
    await pass(21_000);
    expect(look).toHaveBeenCalledTimes(2);
    model.watch();
    await pass(12_000);
    expect(look.mock.calls.length).toBeGreaterThanOrEqual(4);
    heartbeat.dispose();
  });

  it('looks when an event of the workspace says so', async () => {
    const { client, model, events, heartbeat } = setUp();
    heartbeat.start();
    await pass(1);
    client.publish('a');
    events.emit({
      schema_id: EVENT_SCHEMA,
      workspace: client.workspace.id,
      ...client.revision
    });
    await pass(1);
    expect(model.runs?.get('a')).toBeTruthy();
    heartbeat.dispose();
  });

  it('takes no notice of other events', async () => {
    const { client, events, heartbeat } = setUp();
    heartbeat.start();
    await pass(1);
    client.calls.length = 0;
    events.emit({ schema_id: 'https://events.jupyter.org/jupyter_server/x' });
    events.emit({ schema_id: EVENT_SCHEMA, workspace: 7 });
    await pass(1);
    expect(client.calls).toEqual([]);
    heartbeat.dispose();
  });

  it('stops where the server part is missing', async () => {
    const { client, heartbeat, look } = setUp();
    client.failing = missing();
    heartbeat.start();
    await pass(120_000);
    expect(look).toHaveBeenCalledTimes(1);
    heartbeat.dispose();
  });

  it('stops when it is disposed', async () => {
    const { heartbeat, look } = setUp();
    heartbeat.start();
    await pass(1);
    heartbeat.dispose();
    await pass(120_000);
    expect(look).toHaveBeenCalledTimes(1);
  });
});
