import type { Job, JobResult } from '@dotscience/core';

import { FakeClient, refusal } from '../../api/testing/client';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { OpenDocuments, type OpenDocument } from '../documents';
import { Bringing, type IWish } from '../model';
import { relativePath } from '../paths';

const NOT_SAVED = {
  code: 'unsaved-changes',
  message: 'not saved',
  kept: 'Everything.',
  next: 'Save it.',
  retryable: true
};

interface IFakeDocument extends OpenDocument {
  readonly done: string[];
}

function aDocument(path: string, dirty = false, saves = true): IFakeDocument {
  const done: string[] = [];
  const model = { dirty };
  return {
    path,
    model: model as OpenDocument['model'],
    isDisposed: false,
    done,
    save: async () => {
      done.push('save');
      if (!saves) {
        throw new Error('refused');
      }
      model.dirty = false;
    },
    revert: async () => {
      done.push('revert');
    }
  };
}

async function setUp(...open: IFakeDocument[]) {
  const client = new FakeClient();
  const model = new WorkspaceModel(client, new FakePlace());
  await model.look();
  const bringing = new Bringing(model, new OpenDocuments(() => open), {
    notSaved: path => ({ ...NOT_SAVED, message: path })
  });
  const wish: IWish = {
    kind: 'bring',
    workspace: client.workspace.id,
    root: 'digits',
    ref: 'run-1',
    paths: ['data/a.csv'],
    name: null,
    place: 'here'
  };
  return { client, model, bringing, wish };
}

const RESULT: JobResult = {
  snapshot: 'before',
  path: null,
  api_path: null,
  message: null,
  restored: 1,
  unchanged: 0,
  not_kept: [],
  paths: ['data/a.csv'],
  created: []
};

/** Ends every job that the client starts. */
function endJobs(client: FakeClient, more: Partial<Job>): void {
  const start = client.jobs.set.bind(client.jobs);
  client.jobs.set = (id, job) => start(id, { ...job, ...more });
}

const asked = (client: FakeClient): string[] =>
  client.calls.filter(call => /^(bringBack|branch|cancelJob)/.test(call));

describe('Bringing', () => {
  it('brings back, undoes with the snapshot taken before, and undoes that', async () => {
    const { client, bringing, wish } = await setUp();
    endJobs(client, { state: 'done', result: RESULT });
    const act = await bringing.start(wish);
    expect(act).toMatchObject({
      kind: 'bring',
      state: { kind: 'done' },
      undoes: ['data/a.csv']
    });
    const undone = await bringing.undo(act!.id);
    expect(undone).toMatchObject({ kind: 'undo', undoes: ['data/a.csv'] });
    expect(asked(client)).toEqual([
      'bringBack run-1 data/a.csv',
      'bringBack @before data/a.csv'
    ]);
    expect(bringing.at('here').map(({ kind }) => kind)).toEqual(['undo']);
    expect(bringing.at('elsewhere')).toEqual([]);
  });

  it('undoes what was there before, not what was made', async () => {
    const { client, bringing, wish } = await setUp();
    const result = {
      ...RESULT,
      restored: 2,
      paths: ['a', 'b'],
      created: ['b']
    };
    endJobs(client, { state: 'done', result });
    const act = await bringing.start(wish);
    expect(act?.undoes).toEqual(['a']);
  });

  it.each([
    ['nothing changed', { restored: 0, snapshot: null, paths: [] }],
    ['nothing was there', { created: ['data/a.csv'] }]
  ])('has nothing to undo where %s', async (_, more) => {
    const { client, bringing, wish } = await setUp();
    endJobs(client, { state: 'done', result: { ...RESULT, ...more } });
    expect((await bringing.start(wish))?.undoes).toBeNull();
  });

  it('saves documents that are open with changes, and reads them again after', async () => {
    const mine = aDocument('digits/data/a.csv', true);
    const shared = aDocument('RTC:digits/data/a.csv');
    const other = aDocument('digits/data/a.csv.bak', true);
    const { client, bringing, wish } = await setUp(mine, shared, other);
    endJobs(client, { state: 'done', result: RESULT });
    await bringing.start(wish);
    expect(mine.done).toEqual(['save', 'revert']);
    expect(shared.done).toEqual(['revert']);
    expect(other.done).toEqual([]);
  });

  it('does nothing when a document with changes cannot be saved (G4)', async () => {
    const mine = aDocument('digits/data/a.csv', true, false);
    const { client, bringing, wish } = await setUp(mine);
    const act = await bringing.start({ ...wish, paths: ['data'] });
    expect(act?.state).toEqual({
      kind: 'failed',
      error: { ...NOT_SAVED, message: 'digits/data/a.csv' }
    });
    expect(asked(client)).toEqual([]);
  });

  it('keeps why it failed until it is tried again', async () => {
    const { client, bringing, wish } = await setUp();
    client.failing = refusal('restore-refused');
    const act = await bringing.start(wish);
    expect(act?.state).toMatchObject({
      kind: 'failed',
      error: { code: 'restore-refused' }
    });
    client.failing = null;
    endJobs(client, { state: 'done', result: RESULT });
    await bringing.retry(act!.id);
    expect(bringing.get(act!.id)?.state.kind).toBe('done');
    bringing.dismiss(act!.id);
    expect(bringing.at('here')).toEqual([]);
  });

  it('damaged in part is brought back without what is damaged', async () => {
    const { client, bringing, wish } = await setUp();
    client.failing = refusal('object-damaged');
    const act = await bringing.start({ ...wish, paths: ['a', 'b'] });
    client.failing = null;
    endJobs(client, { state: 'done', result: RESULT });
    await bringing.bringRest(act!.id);
    expect(bringing.get(act!.id)?.state.kind).toBe('done');
    expect(asked(client)).toContain(
      'bringBack run-1 a b without what is damaged'
    );
  });

  it('is cancelled by its job, and then gone', async () => {
    const { client, bringing, wish } = await setUp();
    const over = bringing.start(wish);
    await new Promise<void>(resolve =>
      bringing.changed.connect(() => {
        const [act] = bringing.at('here');
        if (act?.state.kind === 'going' && act.state.job) {
          resolve();
        }
      })
    );
    const [going] = bringing.at('here');
    await bringing.cancel(going.id);
    expect(await over).toBeNull();
    expect(asked(client)).toEqual([
      'bringBack run-1 data/a.csv',
      'cancelJob job-1'
    ]);
    expect(bringing.at('here')).toEqual([]);
  });

  it('branches, and leaves documents alone', async () => {
    const mine = aDocument('digits/data/a.csv', true);
    const { client, bringing, wish } = await setUp(mine);
    endJobs(client, {
      state: 'done',
      result: { ...RESULT, snapshot: null, path: '/x/try', api_path: 'try' }
    });
    const branch = { ...wish, kind: 'branch', name: 'try' } as const;
    const act = await bringing.start({ ...branch, paths: [] });
    expect(act?.undoes).toBeNull();
    expect(asked(client)).toEqual(['branch run-1 try']);
    expect(mine.done).toEqual([]);
  });
});

describe('relativePath', () => {
  it.each([
    ['digits', 'digits/data/a.csv', 'data/a.csv'],
    ['digits/', 'digits/a', 'a'],
    ['', 'a/b', 'a/b'],
    ['digits', 'digits2/a', null],
    ['digits', 'digits', null],
    [null, 'a', null]
  ])('below %p of %p is %p', (root, path, relative) => {
    expect(relativePath({ api_path: root }, path)).toBe(relative);
  });
});
