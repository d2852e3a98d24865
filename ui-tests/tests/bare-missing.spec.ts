/** Only the front end is installed: said once, in the panel, and nothing else breaks. */
import { expect, test } from '@jupyterlab/galata';

import { execute, Panel } from '../fixtures/panel';

test('the panel says that the server part is missing', async ({ page }) => {
  const panel = await new Panel(page).open();
  await expect(panel.region.getByText(/server part/)).toHaveCount(1);
  await expect(
    panel.region.getByText(/pip install|Install jupyterlab-dotscience/)
  ).toBeVisible();

  const enabled = await page.evaluate(() => {
    const { commands } = (
      window as unknown as {
        jupyterapp: { commands: { isEnabled(id: string): boolean } };
      }
    ).jupyterapp;
    return commands.isEnabled('dotscience:save-snapshot');
  });
  expect(enabled).toBe(false);
  await execute(page, 'notebook:create-new', { kernelName: 'python3' });
  await expect(page.locator('.jp-Notebook')).toBeVisible();
});
