import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { nullTranslator } from '@jupyterlab/translation';
import type { Job, JobResult } from '@dotscience/core';
import { CommandRegistry } from '@lumino/commands';

import { FakeClient, refusal } from '../../api/testing/client';
import { asTrans } from '../../translation';
import { BringIDs } from '../../tokens';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { bringingCommands, type IBringingContext } from '../commands';
import { OpenDocuments } from '../documents';
import { Bringing } from '../model';

const trans = asTrans(nullTranslator.load(''));

const RESULT: JobResult = {
  snapshot: 'before',
  path: null,
  api_path: null,
  message: null,
  restored: 1,
  paths: ['a.csv'],
  created: []
};

async function setUp(selected: string[] = []) {
  const client = new FakeClient();
  const model = new WorkspaceModel(client, new FakePlace());
  await model.look();
  const commands = new CommandRegistry();
  const below = document.createElement('li');
  Object.assign(below.dataset, { run: 'run-7', path: 'a.csv' });
  const app = {
    commands,
    contextMenuHitTest: (test: (node: HTMLElement) => boolean) =>
      test(below) ? below : undefined
  } as unknown as JupyterFrontEnd;
  const bringing = new Bringing(model, new OpenDocuments(() => []), {
    notSaved: path =>
      refusal('internal').body && { ...refusal('internal').body, message: path }
  });
  const browser = {
    selectedItems: () => selected.map(path => ({ path })).values()
  } as unknown as IDefaultFileBrowser;
  const context: IBringingContext = {
    app,
    model,
    bringing,
    browser,
    trans,
    currentRun: () => null
  };
  return { client, model, bringing, context };
}

function command(id: string) {
  const found = bringingCommands(trans).find(entry => entry.id === id);
  if (!found) {
    throw new Error(`no command ${id}`);
  }
  return found;
}

/** Ends every job that the client starts. */
function endJobs(client: FakeClient, more: Partial<Job>): void {
  const start = client.jobs.set.bind(client.jobs);
  client.jobs.set = (id, job) => start(id, { ...job, ...more });
}

const asked = (client: FakeClient): string[] =>
  client.calls.filter(call => /^(bringBack|branch)/.test(call));

afterEach(() => Notification.manager.dismiss());

describe('bring files back', () => {
  it('takes what the menu was opened on, tells, and can be undone', async () => {
    const { client, bringing, context } = await setUp();
    endJobs(client, { state: 'done', result: RESULT });
    const bring = command(BringIDs.bringBack);
    expect(bring.isEnabled(context, {})).toBe(false);
    expect(bring.isEnabled(context, { at: 'menu' })).toBe(true);
    expect(await bring.execute(context, { at: 'menu' })).toBe(true);
    expect(asked(client)).toEqual(['bringBack run-7 a.csv']);
    const [toast] = Notification.manager.notifications;
    expect(toast.message).toBe('a.csv brought back');
    const [undo] = toast.options.actions ?? [];
    expect(undo.label).toBe('Undo');
    undo.callback(new MouseEvent('click'));
    await new Promise<void>(resolve =>
      bringing.changed.connect(() => asked(client).length > 1 && resolve())
    );
    expect(asked(client)[1]).toBe('bringBack @before a.csv');
  });

  it('stands in the view it was asked for in, without a message', async () => {
    const { client, bringing, context } = await setUp();
    endJobs(client, { state: 'done', result: RESULT });
    await command(BringIDs.bringBack).execute(context, {
      run: 'r',
      paths: ['a.csv', { b64: '/w==' }, ''],
      place: 'page'
    });
    expect(asked(client)).toEqual(['bringBack r a.csv /w==']);
    expect(bringing.at('page')).toHaveLength(1);
    expect(Notification.manager.notifications).toHaveLength(0);
  });

  it('keeps what went wrong in the panel', async () => {
    const { client, model, context } = await setUp();
    endJobs(client, {
      state: 'failed',
      error: refusal('restore-refused').body
    });
    const done = await command(BringIDs.bringBack).execute(context, {
      at: 'menu'
    });
    expect(done).toBe(false);
    expect(model.notices[0]).toMatchObject({
      title: 'a.csv not brought back',
      code: 'restore-refused'
    });
  });
});

it('brings selected files back from the last snapshot', async () => {
  const { client, context } = await setUp(['digits/a.csv', 'RTC:digits/sub']);
  endJobs(client, { state: 'done', result: RESULT });
  const last = command(BringIDs.bringBackLast);
  expect(last.isEnabled(context, {})).toBe(true);
  await last.execute(context, {});
  expect(asked(client)).toEqual(['bringBack last a.csv sub']);
  expect(last.isEnabled((await setUp()).context, {})).toBe(false);
});

it('branches from the run the menu was opened on', async () => {
  const { client, context } = await setUp();
  const result = { ...RESULT, snapshot: null, path: '/w/x', api_path: 'x' };
  endJobs(client, { state: 'done', result });
  await command(BringIDs.branch).execute(context, { at: 'menu', name: 'x' });
  expect(asked(client)).toEqual(['branch run-7 x']);
  const [toast] = Notification.manager.notifications;
  expect(toast.message).toBe('Branch x is in x');
  expect(toast.options.actions?.[0].label).toBe('Show folder');
});
