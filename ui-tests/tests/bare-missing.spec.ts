/** Only the front end is installed: said once, in the panel, and nothing else breaks. */
import { execute, isEnabled } from '../fixtures/app';
import { expect, test } from '../fixtures/plain';

test('the panel says that the server part is missing', async ({
  page,
  panel
}) => {
  await panel.open();
  await expect(panel.region.getByText(/server part/)).toHaveCount(1);
  await expect(
    panel.region.getByText(/pip install|Install jupyterlab-dotscience/)
  ).toBeVisible();

  expect(await isEnabled(page, 'dotscience:save-snapshot')).toBe(false);
  await execute(page, 'notebook:create-new', { kernelName: 'python3' });
  await expect(page.locator('.jp-Notebook')).toBeVisible();
});
