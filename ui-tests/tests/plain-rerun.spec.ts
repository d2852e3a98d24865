/** A run is run again from its page; the repetition says whether the same came out, and why not. */
import { execute } from '../fixtures/app';
import { openNotebook, runAll } from '../fixtures/notebook';
import { runPage, toast } from '../fixtures/panel';
import { expect, test } from '../fixtures/plain';
import { violations } from '../fixtures/readable';

const SAME = `import random
import dotscience as ds
ds.start("Steady")
ds.parameter("seed", 7)
random.seed(7)
ds.metric("acc", random.random())
ds.publish()`;

test('a run is run again in a side folder, and its repetition gave the same', async ({
  page,
  folder,
  panel
}) => {
  test.setTimeout(120_000);
  folder.notebook('steady.ipynb', SAME);
  await panel.open();
  await openNotebook(page, `${folder.path}/steady.ipynb`);
  await runAll(page);
  await execute(page, 'docmanager:save');
  await expect(panel.run('Steady')).toBeVisible();
  await expect(panel.run('Steady')).not.toContainText('pending');
  await panel.run('Steady').click();

  const view = runPage(page, 'Steady');
  await view.getByRole('button', { name: 'Run again' }).click();
  const form = view.getByRole('region', { name: 'Run again' });
  await expect(form).toContainText('steady.ipynb');
  await expect(form).toContainText('Nothing of yours is overwritten');
  await page.screenshot({ path: 'test-results/rerun-form.png' });
  expect.soft(await violations(page, '.ds-RunAgain')).toEqual([]);
  await form.getByRole('button', { name: /^Run again/ }).click();
  await expect(form).toBeHidden();

  const told = toast(page, /again: same/);
  await expect(told).toBeVisible({ timeout: 90_000 });
  await expect(view.getByRole('region', { name: 'Repetitions' })).toContainText(
    'Same'
  );
  await told.getByRole('button', { name: 'Open run' }).click();

  const again = page
    .getByRole('main')
    .locator('.jp-DotscienceRunPage:visible')
    .filter({
      has: page.getByRole('region', { name: 'Repetition', exact: true })
    });
  await expect(
    again.getByRole('region', { name: 'Repetition', exact: true })
  ).toContainText(/Repeats [0-9a-f]{8}: same/);
  for (const theme of ['JupyterLab Dark', 'JupyterLab Light']) {
    await execute(page, 'apputils:change-theme', { theme });
    await expect(page.locator('body')).toHaveAttribute(
      'data-jp-theme-name',
      theme
    );
    expect.soft(await violations(page, '.jp-DotscienceRunPage')).toEqual([]);
    await page.screenshot({ path: `test-results/rerun-${theme}.png` });
  }
});
