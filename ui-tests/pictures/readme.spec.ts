/** The pictures of the README, of the real example in the real JupyterLab. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { IJupyterLabPageFixture } from '@jupyterlab/galata';

import { Folder } from '../fixtures/folder';
import { openNotebook, runAll } from '../fixtures/notebook';
import { expect, plain, test } from '../fixtures/plain';
import type { Panel } from '../fixtures/panel';

const IMAGES = join(__dirname, '..', '..', 'docs', 'images');
const SIDEBAR_PX = 310;

/** Slow enough to be seen while it goes on. */
const EPOCHS = [
  `import time

import dotscience as ds
import numpy as np
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

train, val = (np.loadtxt(f"data/{part}.csv", delimiter=",") for part in ("train", "val"))
X, y, X_val, y_val = train[:, :-1] / 16, train[:, -1], val[:, :-1] / 16, val[:, -1]`,
  `with ds.run("Wider net, every epoch", parameters={"hidden": (128, 64), "lr": 0.001}):
    net = MLPClassifier((128, 64), learning_rate_init=0.001, random_state=42)
    for epoch in ds.steps(range(60), "epoch"):
        net.partial_fit(X, y, classes=range(10))
        ds.metric("val_accuracy", net.score(X_val, y_val))
        ds.metric("val_loss", log_loss(y_val, net.predict_proba(X_val)))
        time.sleep(0.2)`
];

test.setTimeout(300_000);
test.use({
  viewport: { width: 1440, height: 900 },
  folder: async ({ browserName: _ }, use) => {
    await use(new Folder(plain.root, 'digits'));
  }
});

test('pictures', async ({ page, folder, panel }) => {
  mkdirSync(IMAGES, { recursive: true });
  const save = async (name: string): Promise<void> => {
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  };
  await runExample(page, folder, panel);
  await change(folder);
  await expect(panel.region.getByText('notes.md')).toBeVisible();

  await save('panel-light');
  await page
    .locator('.jp-DotscienceRunCard:visible')
    .first()
    .screenshot({ path: join(IMAGES, 'card-light.png') });
  await page.theme.setDarkTheme();
  await save('panel-dark');
  await page.theme.setLightTheme();

  await openNotebook(page, `${folder.path}/04-epochs.ipynb`);
  const ended = runAll(page);
  await expect(panel.region.getByText(/Epoch 3\d of 60/)).toBeVisible({
    timeout: 60_000
  });
  await save('live-light');
  await ended;

  await panel.run(/Wider net, every epoch/).click();
  await expect(page.locator('.jp-DotscienceRunPage h1')).toBeVisible();
  await expect(
    page.locator('.jp-DotscienceRunPage').getByText('Curves', { exact: true })
  ).toBeVisible();
  await expect(page.getByRole('tab', { name: /^Cells/ })).toBeVisible({
    timeout: 20_000
  });
  await save('run-page-light');
  await page.theme.setDarkTheme();
  await save('run-page-dark');
});

async function runExample(
  page: IJupyterLabPageFixture,
  folder: Folder,
  panel: Panel
): Promise<void> {
  folder.example();
  folder.notebook('04-epochs.ipynb', ...EPOCHS);
  await panel.open();
  await page.sidebar.setWidth(SIDEBAR_PX, 'left');
  await openNotebook(page, `${folder.path}/01-prepare.ipynb`);
  await runAll(page);
  await openNotebook(page, `${folder.path}/02-train.ipynb`);
  await runAll(page);
  await expect(panel.run(/MLP 64-32, alpha 0.01/)).toBeVisible();
  await page
    .locator('.jp-DotscienceRunCard:visible')
    .first()
    .scrollIntoViewIfNeeded();
}

async function change(folder: Folder): Promise<void> {
  folder.write('notes.md', 'Try a wider layer next.\n');
  folder.write('README.md', `${folder.read('README.md')}\nChanged.\n`);
}
