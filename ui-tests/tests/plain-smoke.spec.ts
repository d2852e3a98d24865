import { expect, test } from '@jupyterlab/galata';

import { activatedPlugins } from '../fixtures/app';

test.use({ autoGoto: false });

test('JupyterLab starts with the extension and without an error', async ({
  page
}) => {
  const errors: string[] = [];
  page.on('pageerror', error => errors.push(String(error)));
  page.on('console', message => {
    if (message.type() === 'error' && message.text().includes('dotscience')) {
      errors.push(message.text());
    }
  });

  await page.goto();

  expect(await activatedPlugins(page)).not.toEqual([]);
  expect(errors).toEqual([]);
});
