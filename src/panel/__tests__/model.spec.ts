import { FakeClient, refusal } from '../../api/testing/client';
import { missing, offline } from '../../api/failure';
import { Preferences } from '../../preferences/model';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { LiveCurves } from '../curves';
import { Folds } from '../folds';
import { panelModel } from '../model';
import { Sessions } from '../sessions';

function setUp() {
  const client = new FakeClient();
  const model = new WorkspaceModel(client, new FakePlace());
  const parts = {
    curves: new LiveCurves(model),
    sessions: new Sessions(model),
    folds: new Folds(window.localStorage),
    cellNumber: undefined,
    editing: false
  };
  const shown = () => panelModel(model, new Preferences(), null, parts);
  return { client, model, shown };
}

describe('panelModel', () => {
  it('loads until the first answer', async () => {
    const { model, shown } = setUp();
    expect(shown().phase).toBe('loading');
    await model.look();
    expect(shown().phase).toBe('ready');
  });

  it('says why the copy may be old, and keeps it', async () => {
    const { client, model, shown } = setUp();
    client.publish('a');
    await model.look();
    client.failing = offline();
    await model.look();
    expect(shown()).toMatchObject({
      phase: 'unreachable',
      error: { code: 'server-unreachable' }
    });
    expect(shown().runs?.count).toBe(1);
  });

  it('tells a missing server part from a folder nobody tracks', async () => {
    const { client, model, shown } = setUp();
    client.failing = refusal('workspace-not-found');
    await model.look();
    expect(shown()).toMatchObject({ phase: 'untracked', workspace: null });
    client.failing = missing();
    await model.look();
    expect(shown()).toMatchObject({
      phase: 'unreachable',
      workspace: null,
      error: { code: 'server-part-missing' }
    });
  });
});
