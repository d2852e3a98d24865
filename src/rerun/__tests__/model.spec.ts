import type { Rerun, Verdict } from '@dotscience/core';
import { ENGLISH } from '@dotscience/views';
import { CommandRegistry } from '@lumino/commands';

import { FakeClient, refusal } from '../../api/testing/client';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { Repeating } from '../model';
import { startAgain } from '../start';

const PLAN: Rerun = {
  run: 'run-1',
  kind: 'script',
  what: 'python train.py',
  reason: null,
  environment: [],
  can_rebuild: null,
  not_kept: 0,
  repetitions: []
};

const VERDICT: Verdict = {
  run: 'run-2',
  of: 'run-1',
  verdict: 'same',
  metrics: [],
  causes: [],
  folder: null,
  time: '2026-11-21T10:00:00.000000Z'
};

const setup = (run: string): { client: FakeClient; repeating: Repeating } => {
  const client = new FakeClient();
  client.rerunOf.set('run-1', PLAN);
  client.verdictOf.set('run-2', VERDICT);
  const ref = { workspace: client.workspace.id, run };
  const { signal } = new AbortController();
  const repeating = new Repeating(client, ref, signal, () => undefined);
  client.publish(run, {
    snapshot: { state: 'sealed', id: '3be1c07', duration_s: 0.1 }
  });
  return { client, repeating };
};

describe('Repeating', () => {
  it('asks what running again would do when the form opens, and only then', async () => {
    const { client, repeating } = setup('run-1');
    const run = await client.run(client.workspace.id, 'run-1');
    await repeating.load(run);
    expect(client.calls.filter(call => /rerunPlan/.test(call))).toEqual([]);
    repeating.ask(true);
    await repeating.look();
    expect(repeating.state.asks).toBe(true);
    expect(repeating.state.plan).toEqual({ kind: 'ready', data: PLAN });
  });

  it('fetches the verdict of a run that repeats another', async () => {
    const { client, repeating } = setup('run-2');
    const run = await client.run(client.workspace.id, 'run-2');
    await repeating.load({ ...run, repeats: 'run-1' });
    expect(repeating.state.verdict).toEqual({ kind: 'ready', data: VERDICT });
    expect(repeating.state.plan.kind).toBe('absent');
  });

  it('asks for no verdict of a run that repeats none', async () => {
    const { client, repeating } = setup('run-1');
    await repeating.load(await client.run(client.workspace.id, 'run-1'));
    expect(client.calls).not.toContain('verdict run-1');
  });
});

describe('startAgain', () => {
  it('begins, follows to the end, and reports what was refused', async () => {
    const { client } = setup('run-1');
    const model = new WorkspaceModel(client, new FakePlace());
    await model.look();
    const host = { commands: new CommandRegistry(), model, trans: ENGLISH };
    const ref = { workspace: client.workspace.id, run: 'run-1' };
    const ended = new Promise<void>(resolve => {
      void startAgain(host, ref, 'rebuild', resolve).then(() =>
        client.endJob([...client.jobs.keys()][0], { state: 'done' })
      );
    });
    await ended;
    expect(client.calls).toContain('rerun run-1 rebuild');
    expect(model.notices).toEqual([]);
    client.failing = refusal('nothing-to-run');
    await startAgain(host, ref, 'current', () => undefined);
    expect(model.notices.map(({ code }) => code)).toEqual(['nothing-to-run']);
  });

  it('says that the tracking process ended, not that a job is unknown', async () => {
    const { client } = setup('run-1');
    const model = new WorkspaceModel(client, new FakePlace());
    await model.look();
    const host = { commands: new CommandRegistry(), model, trans: ENGLISH };
    const ref = { workspace: client.workspace.id, run: 'run-1' };
    await new Promise<void>(resolve => {
      client.job = async () => Promise.reject(refusal('job-not-found'));
      void startAgain(host, ref, 'current', resolve);
    });
    expect(model.notices.map(({ text, next }) => [text, next])).toEqual([
      ['The tracking process ended before the run did.', 'Run it again.']
    ]);
  });
});
