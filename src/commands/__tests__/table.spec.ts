import type { JupyterFrontEnd } from '@jupyterlab/application';
import { nullTranslator } from '@jupyterlab/translation';
import { Notification } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';

import { FakeClient, refusal } from '../../api/testing/client';
import { missing } from '../../api/failure';
import { CommandIDs } from '../../tokens';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import type { ICommandContext } from '../context';
import { commandTable } from '../table';

const trans = nullTranslator.load('');
const table = commandTable(trans);

async function setUp() {
  const client = new FakeClient();
  const model = new WorkspaceModel(client, new FakePlace());
  const commands = new CommandRegistry();
  const opened: string[] = [];
  commands.addCommand('docmanager:open', {
    describedBy: { args: { type: 'object' } },
    execute: ({ path }) => opened.push(String(path))
  });
  const app = { commands } as JupyterFrontEnd;
  const context: ICommandContext = {
    app,
    model,
    trans,
    notebooks: null,
    savers: null,
    currentRun: () => null
  };
  await model.look();
  return { client, model, context, opened };
}

function command(id: string) {
  const found = table.find(entry => entry.id === id);
  if (!found) {
    throw new Error(`no command ${id}`);
  }
  return found;
}

/** Ends every job the client starts. */
function endJobs(client: FakeClient, more: object): void {
  const start = client.jobs.set.bind(client.jobs);
  client.jobs.set = (id, job) => start(id, { ...job, ...more });
}

describe('command table', () => {
  afterEach(() => Notification.manager.dismiss());

  it('has each command once, but "open run", which the run page has', () => {
    const ids = table.map(entry => entry.id);
    expect(new Set(ids).size).toBe(ids.length);
    const declared = Object.values(CommandIDs).filter(
      id => id !== CommandIDs.openRun
    );
    expect(ids.sort()).toEqual([...declared].sort());
  });

  it('needs a workspace to save a snapshot', async () => {
    const { client, model, context } = await setUp();
    const save = command(CommandIDs.saveSnapshot);
    expect(save.isEnabled(context, {})).toBe(true);
    client.failing = missing();
    const other = new WorkspaceModel(client, new FakePlace());
    await other.look();
    expect(save.isEnabled({ ...context, model: other }, {})).toBe(false);
    expect(model.workspace).not.toBeNull();
  });

  it('needs a run to bring one back, given or shown', async () => {
    const { context } = await setUp();
    const restore = command(CommandIDs.restore);
    expect(restore.isEnabled(context, {})).toBe(false);
    expect(restore.isEnabled(context, { run: 'a' })).toBe(true);
    const current = { workspace: 'w', run: 'a' };
    const shown = { ...context, currentRun: () => current };
    expect(restore.isEnabled(shown, {})).toBe(true);
  });

  it('saves a snapshot with its text and says which', async () => {
    const { client, context } = await setUp();
    endJobs(client, {
      state: 'done',
      result: {
        snapshot: '3be1c07aaaa',
        path: null,
        api_path: null,
        message: null
      }
    });
    const saved = await command(CommandIDs.saveSnapshot).execute(context, {
      message: 'before'
    });
    expect(saved).toBe(true);
    expect(client.calls).toContain('saveSnapshot before');
    const [toast] = Notification.manager.notifications;
    expect(toast.message).toBe('Snapshot 3be1c07 saved');
    expect(toast.type).toBe('success');
  });

  it('keeps what went wrong, with what is kept, in the panel', async () => {
    const { client, model, context } = await setUp();
    endJobs(client, { state: 'failed', error: refusal('disk-full').body });
    const saved = await command(CommandIDs.saveSnapshot).execute(context, {});
    expect(saved).toBe(false);
    const [notice] = model.notices;
    expect(notice.title).toBe(trans.__('Snapshot not saved'));
    expect(notice.code).toBe('disk-full');
    expect(notice.actions).toEqual(['dismiss']);
  });

  it('says nothing of what the user cancelled', async () => {
    const { client, model, context } = await setUp();
    endJobs(client, { state: 'cancelled' });
    await command(CommandIDs.saveSnapshot).execute(context, {});
    expect(model.notices).toEqual([]);
    expect(Notification.manager.notifications).toHaveLength(0);
  });

  it('offers all that is not damaged, and says what is not there', async () => {
    const { client, context } = await setUp();
    const ended = { error: refusal('object-damaged').body };
    const start = client.jobs.set.bind(client.jobs);
    client.jobs.set = (id, job) =>
      start(id, { ...job, ...ended, state: 'failed' });
    await command(CommandIDs.restore).execute(context, { run: 'a' });
    const [failed] = Notification.manager.notifications;
    const [{ label, callback }] = failed.options.actions ?? [];
    expect([label, failed.options.autoClose]).toEqual([
      'Bring all others back',
      false
    ]);
    const result = {
      snapshot: null,
      path: '/x/side',
      api_path: 'side',
      message: '1 file is damaged'
    };
    client.jobs.set = (id, job) => start(id, { ...job, state: 'done', result });
    const told = new Promise<void>(resolve =>
      Notification.manager.changed.connect((manager, { type }) => {
        const [newest] = manager.notifications;
        if (type === 'updated' && newest.type === 'success') {
          resolve();
        }
      })
    );
    callback(new MouseEvent('click'));
    await told;
    expect(client.calls).toContain('checkout a  without what is damaged');
    expect(Notification.manager.notifications[0].message).toBe(
      'Run a is in side. 1 file is damaged.'
    );
  });

  it('opens the notebook in the folder the run was brought back to (G4)', async () => {
    const { client, context, opened } = await setUp();
    client.publish('a', { notebook: 'sub/train.ipynb' });
    endJobs(client, {
      state: 'done',
      result: {
        snapshot: null,
        path: '/x/side',
        api_path: 'side',
        message: null
      }
    });
    await command(CommandIDs.openNotebookAsItWas).execute(context, {
      run: 'a'
    });
    expect(client.calls).toContain('checkout a ');
    expect(opened).toEqual(['side/sub/train.ipynb']);
  });
});
