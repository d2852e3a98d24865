import type { Versions } from '@dotscience/core';
import { Signal } from '@lumino/signaling';

import { FakeClient, refusal } from '../../api/testing/client';
import { offline } from '../../api/failure';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { FileVersions } from '../model';
import { followSelection, selectedFile, type SelectedIn } from '../selection';

const version = (n: number): Versions['versions'][number] => ({
  content: `x${n}`,
  size: n,
  mtime_ns: '0',
  state: 'kept',
  ref: `run-${n}`,
  snapshot: `snap-${n}`,
  time: '2026-11-21T14:02:00.000000Z',
  runs: [
    {
      run: `reader-${n}`,
      title: 'Reads',
      time: null,
      role: 'read',
      repeats: null
    }
  ],
  run_count: 1
});

const answer = (count: number): Versions => ({
  path: 'data/a.csv',
  kind: 'file',
  now: null,
  versions: Array.from({ length: count }, (_, n) => version(n)),
  cut: false
});

async function setUp(count = 3) {
  const client = new FakeClient();
  client.versionsOf.set('data/a.csv', answer(count));
  const model = new WorkspaceModel(client, new FakePlace());
  await model.look();
  return { client, model, versions: new FileVersions(model) };
}

const file = (client: FakeClient) => ({
  workspace: client.workspace.id,
  root: 'digits',
  path: 'data/a.csv'
});

const asked = (client: FakeClient): string[] =>
  client.calls.filter(call => call.startsWith('versions'));

describe('FileVersions', () => {
  it('finds the workspace of a file of the file browser', async () => {
    const { client, versions } = await setUp();
    await versions.show({ jupyterPath: 'digits/data/a.csv' });
    expect(versions.state).toMatchObject({ kind: 'shown', file: file(client) });
    expect(versions.chosen).toBeNull();
  });

  it.each([
    ['run-1', 'run-1'],
    ['reader-2', 'run-2'],
    ['@snap-1', 'run-1'],
    ['gone', null]
  ])('looks at the version that %s holds', async (ref, chosen) => {
    const { client, versions } = await setUp();
    await versions.show(file(client), ref);
    expect(versions.chosen).toBe(chosen);
  });

  it('says that none is the version of a run, until another is chosen', async () => {
    const { client, versions } = await setUp();
    await versions.show(file(client), 'gone');
    expect(versions.missed).toBe('gone');
    await versions.retry();
    expect(versions.missed).toBe('gone');
    versions.choose('run-1');
    await versions.retry();
    expect([versions.missed, versions.chosen]).toEqual([null, 'run-1']);
    await versions.show(file(client), 'reader-2');
    expect(versions.missed).toBeNull();
  });

  it('is fetched again when its workspace changed, and only then', async () => {
    const { client, model, versions } = await setUp();
    await versions.show(file(client));
    versions.choose('run-1');
    client.versionsOf.set('data/a.csv', answer(4));
    await model.look();
    expect(asked(client)).toHaveLength(1);
    client.publish('a');
    client.tell({});
    const fetched = new Promise(resolve => versions.changed.connect(resolve));
    await model.look();
    await fetched;
    expect(versions.state).toMatchObject({
      versions: { versions: { length: 4 } }
    });
    expect(versions.chosen).toBe('run-1');
  });

  it('keeps what it shows when the server is away, and says so', async () => {
    const { client, versions } = await setUp();
    await versions.show(file(client));
    client.failing = offline();
    await versions.retry();
    expect(versions.state).toMatchObject({
      kind: 'shown',
      trouble: { kind: 'offline' }
    });
    client.failing = null;
    await versions.retry();
    expect(versions.state).toMatchObject({ kind: 'shown', trouble: null });
  });

  it('says why there is nothing to show', async () => {
    const { client, versions } = await setUp();
    client.failing = refusal('workspace-not-found');
    await versions.show({ jupyterPath: 'else/where.txt' });
    expect(versions.state).toMatchObject({
      kind: 'failed',
      path: 'else/where.txt'
    });
  });

  it('drops what comes after another file was asked for', async () => {
    const { client, versions } = await setUp();
    client.versionsOf.set('b', { ...answer(1), path: 'b' });
    const first = versions.show(file(client));
    const second = versions.show({ ...file(client), path: 'b' });
    await Promise.all([first, second]);
    expect(versions.state).toMatchObject({ file: { path: 'b' } });
  });
});

describe('selection of the file browser', () => {
  function aBrowser(...paths: string[]) {
    const browser = {
      paths,
      *selectedItems() {
        for (const path of browser.paths) {
          yield { path };
        }
      }
    };
    const changed = new Signal<unknown, void>(browser);
    const given = Object.assign(browser, { selectionChanged: changed });
    return {
      browser: given as unknown as SelectedIn,
      select: (...now: string[]) => {
        browser.paths = now;
        changed.emit();
      }
    };
  }

  it('is one item', () => {
    expect(selectedFile(aBrowser('RTC:a/b').browser)).toBe('a/b');
    expect(selectedFile(aBrowser().browser)).toBeNull();
    expect(selectedFile(aBrowser('a', 'b').browser)).toBeNull();
    expect(selectedFile(null)).toBeNull();
  });

  it('is followed when it has come to rest', async () => {
    jest.useFakeTimers();
    const { browser, select } = aBrowser();
    const shown: string[] = [];
    const following = followSelection(browser, path => shown.push(path));
    select('a');
    select('b');
    await jest.advanceTimersByTimeAsync(200);
    select();
    await jest.advanceTimersByTimeAsync(200);
    following.dispose();
    select('c');
    await jest.advanceTimersByTimeAsync(200);
    expect(shown).toEqual(['b']);
    jest.useRealTimers();
  });
});
