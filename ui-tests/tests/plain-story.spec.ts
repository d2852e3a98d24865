/** The proof of issue 3: the example from its first cell to the first run brought back, by hand and eye. */
import type { Page } from '@playwright/test';

import { openNotebook, runAll } from '../fixtures/notebook';
import { runPage, toast } from '../fixtures/panel';
import { expect, test } from '../fixtures/plain';

test.use({
  resetWorkspace: false,
  // Galata waits for a launcher, which a restored layout does not show.
  waitForApplication: async ({ baseURL: _ }, use) => {
    await use(async page => {
      await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
      await page.waitForFunction(() => window.jupyterapp?.restored);
      await page.evaluate(() => window.jupyterapp.restored);
    });
  }
});
test.setTimeout(240_000);

/** JupyterLab keeps its layout a moment after it changed; a reload before that knows nothing of it. */
function layoutKept(page: Page): Promise<unknown> {
  return page.waitForRequest(
    request =>
      request.method() === 'PUT' &&
      request.url().includes('/api/workspaces/') &&
      Boolean(request.postData()?.includes('dotscience-run-page:'))
  );
}

test('a run, tracked end to end', async ({ page, folder, panel }) => {
  folder.example();
  await panel.open();

  await test.step('the example runs, and its runs appear without a save', async () => {
    await openNotebook(page, `${folder.path}/01-prepare.ipynb`);
    await runAll(page);
    await expect(panel.runs).not.toHaveCount(0);
    await openNotebook(page, `${folder.path}/02-train.ipynb`);
    await runAll(page);
    await expect(panel.run(/MLP 32, alpha 0.0001/)).toBeVisible();
    await expect(panel.run(/MLP 128-64, alpha 1\b/).first()).toBeVisible();
    // The last run of the notebook: from here on no new row moves the others.
    await expect(panel.run(/failed/)).toBeVisible();
  });

  await test.step('its page shows parameters, metrics and files', async () => {
    const kept = layoutKept(page);
    await panel.run(/MLP 32, alpha 0.0001/).click();
    const shown = runPage(page, /MLP 32, alpha 0.0001/);
    await expect(shown.getByText('val_accuracy').first()).toBeVisible();
    await expect(
      shown.getByText('alpha', { exact: true }).first()
    ).toBeVisible();
    await expect(shown.getByText('models/digits.joblib').first()).toBeVisible();
    await kept;
  });

  await test.step('a reload brings panel and page back', async () => {
    await page.reload();
    await expect(panel.region).toBeVisible();
    await expect(runPage(page, /MLP 32, alpha 0.0001/)).toBeVisible();
    await expect(panel.run(/MLP 32, alpha 0.0001/)).toBeVisible();
  });

  await test.step('a changed file shows as modified', async () => {
    folder.write('README.md', 'Changed by hand.\n');
    await expect(panel.region.getByText('README.md')).toBeVisible();
  });

  await test.step('a snapshot is saved with a text', async () => {
    await panel.region
      .getByRole('textbox', { name: /snapshot/i })
      .fill('By hand');
    await panel.button('Save snapshot').click();
    await expect(toast(page, /Snapshot [0-9a-f]{7} saved/)).toBeVisible();
    await expect(panel.region.getByText('README.md')).toBeHidden();
  });

  await test.step('the first run comes back beside the present files', async () => {
    const shown = runPage(page, /MLP 32, alpha 0.0001/);
    await shown
      .getByRole('button', { name: 'Open notebook as it was' })
      .click();
    await expect(toast(page, /Run [0-9a-f]{8} is in /)).toBeVisible();
    await expect(
      page.getByRole('tab', { name: '02-train.ipynb' }).nth(1)
    ).toBeVisible();
    expect(folder.read('README.md')).toBe('Changed by hand.\n');
  });
});
