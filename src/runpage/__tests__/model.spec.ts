import { FakeClient } from '../../api/testing/client';
import { offline } from '../../api/failure';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { RunPageModel } from '../model';

async function openPage(run = 'a') {
  const client = new FakeClient();
  client.publish('a');
  const workspace = new WorkspaceModel(client, new FakePlace());
  await workspace.look();
  const page = new RunPageModel(workspace, {
    workspace: client.workspace.id,
    run
  });
  return { client, workspace, page };
}

/** Resolves when what the page shows fits. */
function until(
  page: RunPageModel,
  fits: (page: RunPageModel) => boolean
): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (fits(page)) {
        page.changed.disconnect(look);
        resolve();
      }
    };
    page.changed.connect(look);
    look();
  });
}

const fetches = (client: FakeClient): number =>
  client.calls.filter(call => call.startsWith('run ')).length;

describe('RunPageModel', () => {
  it('fetches its run when it is shown', async () => {
    const { page } = await openPage();
    expect(page.state.kind).toBe('loading');
    page.refresh();
    await until(page, ({ state }) => state.kind === 'shown');
    expect(page.state).toMatchObject({ run: { id: 'a' } });
  });

  it('fetches again when the feed says that the run changed, and only then', async () => {
    const { client, workspace, page } = await openPage();
    page.refresh();
    await until(page, ({ state }) => state.kind === 'shown');
    client.publish('b');
    await workspace.look();
    expect(fetches(client)).toBe(1);
    client.publish('a', {
      snapshot: { state: 'sealed', id: 's', duration_s: 1 }
    });
    await workspace.look();
    await until(
      page,
      ({ state }) =>
        state.kind === 'shown' && state.run.snapshot.state === 'sealed'
    );
    expect(fetches(client)).toBe(2);
  });

  it('says that there is no such run', async () => {
    const { page } = await openPage('nowhere');
    page.refresh();
    await until(page, ({ state }) => state.kind === 'failed');
    expect(page.state).toMatchObject({
      failure: { body: { code: 'run-not-found' } }
    });
  });

  it('keeps what it shows while the server is away', async () => {
    const { client, page } = await openPage();
    page.refresh();
    await until(page, ({ state }) => state.kind === 'shown');
    client.failing = offline();
    page.retry();
    await client.run('', '').catch(() => null);
    expect(page.state.kind).toBe('shown');
  });

  it('asks again by itself after the server was away', async () => {
    const { client, workspace, page } = await openPage();
    client.failing = offline();
    page.refresh();
    await until(page, ({ state }) => state.kind === 'failed');
    client.failing = null;
    client.tell({});
    await workspace.look();
    await until(page, ({ state }) => state.kind === 'shown');
  });
});
