/** The thin path as under JupyterHub: XSRF, a login, no token in the page, base_url /user/x/. */
import { openNotebook, runAll } from '../fixtures/notebook';
import { expect, test } from '../fixtures/hub';
import { Folder } from '../fixtures/folder';
import { Panel, runPage, toast } from '../fixtures/panel';
import { hub } from '../servers';

test.setTimeout(120_000);

test('a run appears, opens, and a snapshot is saved', async ({ lab }) => {
  const folder = new Folder(hub.root, 'thin');
  folder.notebook(
    'thin.ipynb',
    'import dotscience as ds\nds.start("Behind a login")\nds.metric("accuracy", 0.9)\nds.publish()'
  );
  const panel = await new Panel(lab).open();
  await openNotebook(lab, 'thin/thin.ipynb');
  await runAll(lab);

  await expect(panel.run(/Behind a login/)).toBeVisible({ timeout: 60_000 });
  await panel.run(/Behind a login/).click();
  await expect(runPage(lab, 'Behind a login')).toBeVisible();

  folder.write('notes.txt', 'new');
  await panel.button('Save snapshot').click();
  await expect(toast(lab, /Snapshot [0-9a-f]{7} saved/)).toBeVisible();
});
