import type { PathPolicy } from '@dotscience/core';
import { ENGLISH } from '@dotscience/views';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';

import { FakeClient } from '../../api/testing/client';
import { KeepIDs } from '../../tokens';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import {
  canChoose,
  choiceLabel,
  isChosen,
  setTracking,
  stateLabel
} from '../commands';
import { TrackingMenu } from '../menu';
import { Tracked } from '../tracked';

const policy = (path: string, over: Partial<PathPolicy> = {}): PathPolicy => ({
  path,
  kind: 'file',
  policy: 'keep',
  because: 'default',
  rule: null,
  own_rule: false,
  pattern: `/${path}`,
  files: 1,
  bytes: 10,
  kept_files: 1,
  kept_bytes: 10,
  ...over
});

interface ISetup {
  readonly client: FakeClient;
  readonly model: WorkspaceModel;
  readonly tracked: Tracked;
}

async function setup(...policies: PathPolicy[]): Promise<ISetup> {
  const client = new FakeClient();
  policies.forEach(one => client.policyOf.set(String(one.path), one));
  const model = new WorkspaceModel(client, new FakePlace());
  await model.look();
  return { client, model, tracked: new Tracked(model) };
}

const root = (client: FakeClient, path: string): string =>
  `${client.workspace.api_path}/${path}`;

const RAW = policy('raw', {
  kind: 'folder',
  policy: 'fingerprint',
  because: 'size',
  files: 1204,
  bytes: 3.2e9,
  kept_files: 0,
  kept_bytes: 0
});

describe('Tracked', () => {
  it('asks about what is selected, and tells state, reason and cost', async () => {
    const { client, tracked } = await setup(RAW);
    await tracked.ask([root(client, 'raw')]);
    const { state } = tracked;
    expect(stateLabel(state, ENGLISH)).toBe(
      'Only size and time: too large to keep unasked'
    );
    expect(choiceLabel('keep', state, ENGLISH)).toBe(
      'Keep its bytes (adds 3.2 GB in 1,204 files)'
    );
    expect(canChoose('keep', state)).toBe(true);
    expect(canChoose('none', state)).toBe(false);
    expect(isChosen('none', state)).toBe(true);
  });

  it('names the reason that no rule changes', async () => {
    const { client, tracked } = await setup(
      policy('.env', { policy: 'ignore', because: 'credentials' })
    );
    await tracked.ask([root(client, '.env')]);
    expect(stateLabel(tracked.state, ENGLISH)).toBe(
      'Ignored: named like credentials'
    );
    expect(canChoose('keep', tracked.state)).toBe(false);
  });

  it('marks the rule that a path has of its own', async () => {
    const { client, tracked } = await setup(
      policy('a', {
        policy: 'ignore',
        because: 'rule',
        rule: '/a',
        own_rule: true
      })
    );
    await tracked.ask([root(client, 'a')]);
    expect(isChosen('ignore', tracked.state)).toBe(true);
    expect(canChoose('none', tracked.state)).toBe(true);
    expect(stateLabel(tracked.state, ENGLISH)).toBe('Ignored: by the rule /a');
  });

  it('adds up several, and drops what was asked before', async () => {
    const { client, tracked } = await setup(
      RAW,
      policy('b', { kept_files: 0, kept_bytes: 0 })
    );
    const first = tracked.ask([root(client, 'b')]);
    const second = tracked.ask([root(client, 'raw'), root(client, 'b')]);
    await Promise.all([first, second]);
    expect(stateLabel(tracked.state, ENGLISH)).toBe('2 selected');
    expect(choiceLabel('keep', tracked.state, ENGLISH)).toBe(
      'Keep its bytes (adds 3.2 GB in 1,205 files)'
    );
  });

  it('says what went wrong', async () => {
    const { client, tracked } = await setup();
    await tracked.ask([root(client, 'gone')]);
    expect(tracked.state.kind).toBe('failed');
    expect(canChoose('keep', tracked.state)).toBe(false);
  });
});

describe('setTracking', () => {
  it('writes one rule for each path that is selected', async () => {
    const { client, model, tracked } = await setup(RAW, policy('b'));
    await tracked.ask([root(client, 'raw'), root(client, 'b')]);
    await setTracking({ model, tracked, trans: ENGLISH }, 'ignore');
    expect(client.calls).toContain('setPathPolicy raw b ignore');
    await setTracking({ model, tracked, trans: ENGLISH }, 'none');
    expect(client.calls).toContain('setPathPolicy raw b null');
  });
});

describe('TrackingMenu', () => {
  it('asks when it opens, and has the choices', async () => {
    const { tracked } = await setup(RAW);
    const commands = new CommandRegistry();
    for (const id of [
      KeepIDs.setTracking,
      KeepIDs.tellTracking,
      KeepIDs.editPolicy
    ]) {
      commands.addCommand(id, {
        label: args => `${id} ${String(args['policy'] ?? '')}`,
        describedBy: { args: { type: 'object', properties: {} } },
        execute: () => undefined
      });
    }
    const asked = jest.fn();
    const menu = new TrackingMenu(commands, tracked, asked);
    expect(menu.items).toHaveLength(7);
    Widget.attach(menu, document.body);
    expect(asked).toHaveBeenCalledTimes(1);
    menu.dispose();
  });
});
