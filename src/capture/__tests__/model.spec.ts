import type { CaptureSettings } from '@dotscience/core';

import { refusal } from '../../api/testing/client';
import { CaptureSync, type CaptureClient, type Refusal } from '../model';

/** A server and the settings of one browser. */
function set(server: Partial<CaptureSettings>, local: Record<string, boolean>) {
  const state: CaptureSettings = {
    capture: true,
    mlflow: false,
    locked: [],
    ...server
  };
  const sent: CaptureSettings[] = [];
  const told: Refusal[] = [];
  const composite: Record<string, boolean> = { ...local };
  const client: CaptureClient = {
    captureSettings: async () => ({ ...state }),
    setCaptureSettings: async settings => {
      sent.push(settings);
      Object.assign(state, settings);
    }
  };
  const settings = {
    composite,
    set: async (key: string, value: unknown) => {
      composite[key] = value as boolean;
    }
  };
  const sync = new CaptureSync(client, settings, told.push.bind(told));
  return { client, composite, sent, state, sync, told };
}

const DEFAULT = { captureSessions: true, mlflowTracking: false };

describe('CaptureSync', () => {
  it('takes what the server says at the start, and sends nothing', async () => {
    const { composite, sent, sync } = set(
      { capture: false, mlflow: true },
      DEFAULT
    );
    await sync.start();
    await sync.changed();
    expect(composite).toEqual({ captureSessions: false, mlflowTracking: true });
    expect(sent).toEqual([]);
  });

  it('sends what the user changes', async () => {
    const { composite, state, sync, told } = set({}, DEFAULT);
    await sync.start();
    composite.captureSessions = false;
    await sync.changed();
    expect(state).toMatchObject({ capture: false, mlflow: false });
    composite.mlflowTracking = true;
    await sync.changed();
    expect(state).toMatchObject({ capture: false, mlflow: true });
    expect(told).toEqual([]);
  });

  it('says which variable decides, and goes back', async () => {
    const { composite, sent, sync, told } = set(
      { locked: ['capture'] },
      DEFAULT
    );
    await sync.start();
    composite.captureSessions = false;
    await sync.changed();
    expect(composite).toEqual(DEFAULT);
    expect(sent).toEqual([]);
    expect(told).toEqual([
      { kind: 'locked', name: 'capture', variable: 'DOTSCIENCE_CAPTURE' }
    ]);
  });

  it('sends the other one beside a locked one', async () => {
    const { composite, state, sync, told } = set(
      { locked: ['capture'] },
      DEFAULT
    );
    await sync.start();
    Object.assign(composite, { captureSessions: false, mlflowTracking: true });
    await sync.changed();
    expect(state).toMatchObject({ capture: true, mlflow: true });
    expect(composite).toEqual({ captureSessions: true, mlflowTracking: true });
    expect(told).toHaveLength(1);
  });

  it('goes back with the reason when the server refuses', async () => {
    const { client, composite, sync, told } = set({}, DEFAULT);
    await sync.start();
    client.setCaptureSettings = () =>
      Promise.reject(refusal('settings-refused'));
    composite.captureSessions = false;
    await sync.changed();
    expect(composite).toEqual(DEFAULT);
    expect(told).toMatchObject([{ kind: 'refused' }]);
  });

  it('tells of a file that was not read', async () => {
    const { composite, sync, told } = set(
      { capture: false, problem: 'config.toml: line 1' },
      DEFAULT
    );
    await sync.start();
    expect(composite.captureSessions).toBe(false);
    expect(told).toEqual([{ kind: 'unread', message: 'config.toml: line 1' }]);
  });

  it('changes nothing where no server answers', async () => {
    const { client, composite, sent, sync, told } = set({}, DEFAULT);
    client.captureSettings = () => Promise.reject(refusal('route-not-found'));
    await sync.start();
    composite.captureSessions = false;
    await sync.changed();
    expect(composite.captureSessions).toBe(false);
    expect([...sent, ...told]).toEqual([]);
  });

  it('ends the same for changes that come while one is sent', async () => {
    const { composite, state, sync } = set({}, DEFAULT);
    void sync.start();
    composite.captureSessions = false;
    await Promise.all([sync.changed(), sync.changed()]);
    expect(composite.captureSessions).toBe(state.capture);
  });
});
