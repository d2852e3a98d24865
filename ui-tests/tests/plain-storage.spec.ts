/** What the store holds: opened from the panel, runs pinned, bytes freed after a look, every byte checked. */
import { execute } from '../fixtures/app';
import { openNotebook, runAll } from '../fixtures/notebook';
import { runPage } from '../fixtures/panel';
import { expect, test } from '../fixtures/plain';
import { tooWide, violations } from '../fixtures/readable';

// Each run leaves a large output that no other holds.
const CODE = `import os
import dotscience as ds
for n in range(3):
    ds.start(f"Model {n}")
    with open(ds.output("model.bin"), "wb") as file:
        file.write(os.urandom((n + 1) * 5_000_000))
    ds.metric("acc", 0.9 + n / 100)
    ds.publish()`;

test('storage says what runs hold, pins, frees after a look, and checks every byte', async ({
  page,
  folder,
  panel
}) => {
  test.setTimeout(120_000);
  folder.notebook('models.ipynb', CODE);
  await panel.open();
  await openNotebook(page, `${folder.path}/models.ipynb`);
  await runAll(page);
  await expect(panel.run('Model 2')).toBeVisible();
  await expect(panel.run('Model 2')).not.toContainText('pending');

  await panel.button('More of this workspace').click();
  await panel.region.getByRole('menuitem', { name: 'Storage' }).click();
  const view = page.getByRole('main').locator('.jp-DotscienceStorage:visible');
  await expect(
    view.getByRole('heading', { name: /^Storage of/ })
  ).toBeVisible();
  const grid = view.getByRole('grid', { name: 'What each run alone holds' });
  await expect(grid.getByRole('row')).toHaveCount(4);
  await expect(grid.getByRole('row').nth(1)).toContainText('Model');
  await expect(grid).toContainText(/5\.\d MB|10 MB|15 MB/);

  const pin = grid.getByRole('button', { name: 'Pin Model 0' });
  await pin.click();
  await expect(pin).toHaveAttribute('aria-pressed', 'true');
  await expect(
    grid.getByRole('row').filter({ hasText: 'Model 0' })
  ).toContainText('pinned');

  const budget = view.getByRole('textbox', { name: /^Budget/ });
  await budget.fill('1 GB');
  await budget.press('Enter');
  await expect(
    view.getByRole('textbox', { name: 'Budget', exact: true })
  ).toHaveValue('1 GB');
  await view.getByRole('button', { name: 'Use the default' }).click();
  await expect(
    view.getByRole('textbox', { name: 'Budget (the default)' })
  ).toBeVisible();

  // First a look, then one button, or nothing to free.
  await view.getByRole('button', { name: 'Free now…' }).click();
  await expect(
    view.getByText(/^(Frees|Nothing can be freed now)/)
  ).toBeVisible();

  await view.getByRole('button', { name: 'Verify' }).click();
  await expect(view).toContainText('Nothing is damaged');

  for (const theme of ['JupyterLab Dark', 'JupyterLab Light']) {
    await execute(page, 'apputils:change-theme', { theme });
    await expect(page.locator('body')).toHaveAttribute(
      'data-jp-theme-name',
      theme
    );
    expect.soft(await violations(page, '.jp-DotscienceStorage')).toEqual([]);
    await page.screenshot({ path: `test-results/storage-${theme}.png` });
  }
  expect(await tooWide(view)).toEqual([]);

  await grid.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect(runPage(page, /^Model/)).toBeVisible();
  await page.screenshot({ path: 'test-results/storage-run.png' });
});
