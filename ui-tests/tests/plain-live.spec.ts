/** A run that is going on: a live card in the panel, a dot at the sidebar's icon when it is closed. */
import { execute } from '../fixtures/app';
import { openNotebook } from '../fixtures/notebook';
import { expect, test } from '../fixtures/plain';

// The file is the barrier: the run ends when the test has seen it.
const CODE = `import os, time
import dotscience as ds
ds.start("Long training")
ds.metric("val_accuracy", 0.81)
while not os.path.exists("go"):
    time.sleep(0.05)
ds.metric("val_accuracy", 0.93)
ds.publish()`;

test('a running run is shown, marked, and becomes a row', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('long.ipynb', CODE);
  await panel.open();
  await openNotebook(page, `${folder.path}/long.ipynb`);
  const ran = execute(page, 'notebook:run-all-cells');

  const card = panel.region.locator('.ds-LiveCard');
  await expect(card).toContainText('Long training');
  await expect(card).toContainText('0.81');
  const item = page.locator('#jp-main-statusbar').getByText('1 running');
  await expect(item).toBeVisible();

  await page.sidebar.openTab('filebrowser');
  const tab = page.locator('[data-id="dotscience-panel"]');
  await expect(tab.locator('[data-icon="dotscience:mark-live"]')).toBeVisible();

  folder.write('go', '');
  await expect(tab.locator('[data-icon="dotscience:mark"]')).toBeVisible();
  await expect(item).toBeHidden();
  await page.locator('.jp-DotscienceStatus-button').click();
  await expect(panel.run(/Long training/)).toBeVisible();
  await expect(panel.run(/Long training/)).toContainText('0.93');
  await ran;
});
