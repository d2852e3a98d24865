/** A run that is going on: a live card in the panel, a dot at the sidebar's icon when it is closed. */
import { execute } from '../fixtures/app';
import { openNotebook, runAll } from '../fixtures/notebook';
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

const STEPS = `import os, time
import dotscience as ds
ds.start("Training by steps")
for epoch in ds.steps(range(60), "epoch"):
    ds.metric("val_accuracy", 0.9 - 0.5 / (epoch + 1), step=epoch)
    while epoch == 42 and not os.path.exists("go"):
        time.sleep(0.05)
ds.publish()`;

const SWEEP = `import dotscience as ds
for i in range(20):
    ds.start(f"lr {i}")
    ds.label("group", "lr sweep")
    ds.metric("val_accuracy", 0.9 + i / 1000)
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

test('a run by steps shows its curve, how far it is and its cell', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('steps.ipynb', STEPS);
  await panel.open();
  await openNotebook(page, `${folder.path}/steps.ipynb`);
  const ran = runAll(page);

  const card = panel.region.locator('.ds-LiveCard');
  await expect(card).toContainText(/Epoch \d+ of 60/);
  await expect(card).toContainText('steps.ipynb, cell 1');
  await expect(
    card.getByRole('img', { name: /^Curve of val_accuracy: 43 points/ })
  ).toBeVisible();
  await expect(
    page.locator('#jp-main-statusbar').getByText(/1 running · \d+\/60/)
  ).toBeVisible();

  folder.write('go', '');
  await ran;
  await expect(panel.run(/Training by steps/)).toBeVisible();
  await expect(card).toHaveCount(0);
});

test('a sweep is one row that unfolds', async ({ page, folder, panel }) => {
  folder.notebook('sweep.ipynb', SWEEP);
  await panel.open();
  await openNotebook(page, `${folder.path}/sweep.ipynb`);
  await runAll(page);

  const grid = panel.region.getByRole('treegrid', { name: /^Runs/ });
  const sweep = grid.getByRole('row', { name: /Group lr sweep/ });
  await expect(sweep).toContainText('20 runs');
  await expect(sweep).toContainText('0.919');
  await expect(grid.getByRole('row')).toHaveCount(1);

  await grid.focus();
  await page.keyboard.press('ArrowRight');
  await expect(sweep).toHaveAttribute('aria-expanded', 'true');
  await expect(grid.getByRole('row', { name: /lr 19/ })).toBeVisible();
});
