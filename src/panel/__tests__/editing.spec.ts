import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { nullTranslator } from '@jupyterlab/translation';

import { FakeClient } from '../../api/testing/client';
import { Preferences } from '../../preferences/model';
import type { IRunPages } from '../../tokens';
import { asTrans } from '../../translation';
import { WorkspaceModel } from '../../workspace/model';
import { FakePlace } from '../../workspace/testing/place';
import { LiveCurves } from '../curves';
import { Folds } from '../folds';
import { Sessions } from '../sessions';
import { Panel } from '../widget';

async function setUp() {
  const client = new FakeClient();
  const place = new FakePlace();
  const model = new WorkspaceModel(client, place);
  await model.look();
  const pages = { currentWidget: null };
  const panel = new Panel({
    commands: new CommandRegistry(),
    model,
    preferences: new Preferences(),
    pages: Object.assign(pages, {
      currentChanged: new Signal(pages)
    }) as unknown as IRunPages,
    notebooks: null,
    trans: asTrans(nullTranslator.load('')),
    curves: new LiveCurves(model),
    sessions: new Sessions(model),
    folds: new Folds(window.localStorage)
  });
  Widget.attach(panel, document.body);
  const editor = async (): Promise<Element | null> => {
    panel.update();
    await panel.renderPromise;
    return panel.node.querySelector('.ds-Policy');
  };
  return { client, place, model, panel, editor };
}

it('the editor of what is tracked closes when another workspace is shown', async () => {
  const { client, place, model, panel, editor } = await setUp();
  panel.edit(true);
  expect(await editor()).not.toBeNull();
  await model.look();
  expect(await editor()).not.toBeNull();
  client.workspace = { ...client.workspace, id: 'other' };
  place.go('other/train.ipynb');
  await model.look();
  expect(await editor()).toBeNull();
  panel.dispose();
});
