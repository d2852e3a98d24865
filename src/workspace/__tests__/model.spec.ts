import { ApiFailure } from '../../api';
import { FakeClient, refusal } from '../../api/testing/client';
import { fromAnswer, missing, offline } from '../../api/failure';
import { WorkspaceModel } from '../model';
import { FakePlace } from '../testing/place';

function open() {
  const client = new FakeClient();
  const place = new FakePlace();
  const model = new WorkspaceModel(client, place);
  return { client, place, model };
}

const count = (client: FakeClient, call: string): number =>
  client.calls.filter(made => made.startsWith(call)).length;

describe('WorkspaceModel', () => {
  it('opens the workspace of the notebook and fetches its runs', async () => {
    const { client, model } = open();
    client.publish('a');
    expect(await model.look()).toBe(true);
    expect(model.workspace?.name).toBe('digits');
    expect(model.runs?.get('a')?.description).toBe('Run a');
    expect(model.status?.revision).toBe(1);
    expect(client.calls[0]).toBe('workspaceAt digits/train.ipynb');
  });

  it('asks for nothing more when nothing changed', async () => {
    const { client, model } = open();
    client.publish('a');
    await model.look();
    client.calls.length = 0;
    await model.look();
    expect(client.calls).toEqual(['changes']);
  });

  it('fetches only the delta', async () => {
    const { client, model } = open();
    client.publish('a');
    await model.look();
    client.publish('b');
    await model.look();
    expect(client.calls.filter(call => call.startsWith('feed'))).toEqual([
      'feed 0',
      'feed 1'
    ]);
    expect(model.runs?.get('b')).toBeDefined();
    expect(model.runs?.get('a')).toBeDefined();
  });

  it('takes the counters of an event without asking for them', async () => {
    const { client, model } = open();
    await model.look();
    client.calls.length = 0;
    client.publish('a');
    await model.hint(client.workspace.id, client.revision);
    expect(client.calls).not.toContain('changes');
    expect(model.runs?.get('a')).toBeDefined();
  });

  it('ignores events of other workspaces', async () => {
    const { client, model } = open();
    await model.look();
    client.calls.length = 0;
    await model.hint('another', { revision: 9, status: 9 });
    expect(client.calls).toEqual([]);
  });

  it('makes one more look of all that are asked for meanwhile', async () => {
    const { client, model } = open();
    await model.look();
    client.calls.length = 0;
    await Promise.all([1, 2, 3, 4, 5].map(() => model.look()));
    expect(count(client, 'changes')).toBe(2);
  });

  it('starts over where the index was rebuilt', async () => {
    const { client, model } = open();
    ['a', 'b', 'a', 'a'].forEach(id => client.publish(id));
    await model.look();
    client.rebuild();
    await model.look();
    expect(model.runs?.revision).toBe(2);
    expect(model.runs?.get('a')).toBeDefined();
  });

  it('says once that the server part is missing and asks no more', async () => {
    const { client, model } = open();
    client.failing = missing();
    expect(await model.look()).toBe(false);
    expect(model.state.kind).toBe('missing');
    client.calls.length = 0;
    await model.look();
    expect(client.calls).toEqual([]);
  });

  it('keeps what it has while the server is away, and catches up', async () => {
    const { client, model } = open();
    client.publish('a');
    await model.look();
    client.failing = offline();
    expect(await model.look()).toBe(false);
    expect(model.trouble?.kind).toBe('offline');
    expect(model.runs?.get('a')).toBeDefined();
    client.publish('b');
    client.failing = null;
    expect(await model.look()).toBe(true);
    expect(model.trouble).toBeNull();
    expect(model.runs?.get('b')).toBeDefined();
  });

  it('tries again where the first look failed', async () => {
    const { client, model } = open();
    client.failing = fromAnswer(503, '');
    await model.look();
    expect(model.state.kind).toBe('locating');
    client.failing = null;
    expect(await model.look()).toBe(true);
  });

  it('opens the workspace again after a restart of the server', async () => {
    const { client, model, place } = open();
    client.publish('a');
    await model.look();
    place.path = null;
    client.failing = refusal('workspace-unknown');
    await model.look();
    client.failing = null;
    client.calls.length = 0;
    expect(await model.look()).toBe(true);
    expect(client.calls[0]).toBe('workspaceAt digits');
    expect(model.runs?.get('a')).toBeDefined();
  });

  it('stays with the last workspace where the user goes to none', async () => {
    const { client, model, place } = open();
    await model.look();
    client.calls.length = 0;
    place.go(null);
    await model.look();
    expect(model.workspace?.name).toBe('digits');
    expect(count(client, 'workspaceAt')).toBe(0);
  });

  it('asks once for the notebooks of one folder', async () => {
    const { client, model, place } = open();
    await model.look();
    place.go('digits/other.ipynb');
    await model.look();
    expect(count(client, 'workspaceAt')).toBe(1);
  });

  it('shows another workspace with its own runs', async () => {
    const { client, model, place } = open();
    client.publish('a');
    await model.look();
    client.workspace = { ...client.workspace, id: 'second', name: 'second' };
    place.go('elsewhere/x.ipynb');
    await model.look();
    expect(model.workspace?.name).toBe('second');
    expect(client.calls.filter(call => call === 'feed 0')).toHaveLength(2);
  });

  it('says that there is no workspace, until the user goes to one', async () => {
    const { client, model, place } = open();
    client.failing = refusal('workspace-not-found');
    await model.look();
    expect(model.state.kind).toBe('none');
    client.failing = null;
    place.go('digits/b/x.ipynb');
    await model.look();
    expect(model.state.kind).toBe('open');
  });

  it('touches nothing after it was disposed in the middle of a look', async () => {
    const { model } = open();
    const looking = model.look();
    let emitted = 0;
    model.changed.connect(() => (emitted += 1));
    model.dispose();
    await looking;
    expect(emitted).toBe(0);
    expect(model.runs).toBeNull();
  });

  it('keeps a failed call of the user among the notices until dismissed', async () => {
    const { client, model } = open();
    await model.look();
    model.report('Snapshot not saved', refusal('disk-full'));
    expect(model.notices.map(notice => notice.title)).toEqual([
      'Snapshot not saved'
    ]);
    await model.dismiss(model.notices[0].id);
    expect(model.notices).toEqual([]);
    expect(count(client, 'dismissNotice')).toBe(0);
  });

  it('follows a job to its end', async () => {
    const { client, model } = open();
    await model.look();
    const id = client.workspace.id;
    const done = model.finished(id, await client.saveSnapshot(id, null));
    client.endJob('job-1', { state: 'done' });
    expect((await done).state).toBe('done');
  });

  it('rejects for a job that failed, with its error', async () => {
    const { client, model } = open();
    await model.look();
    const id = client.workspace.id;
    const done = model.finished(id, await client.saveSnapshot(id, null));
    client.endJob('job-1', {
      state: 'failed',
      error: refusal('disk-full').body
    });
    const reason = await done.catch((thrown: unknown) => thrown);
    expect(reason).toBeInstanceOf(ApiFailure);
    expect((reason as ApiFailure).body.code).toBe('disk-full');
  });
});
