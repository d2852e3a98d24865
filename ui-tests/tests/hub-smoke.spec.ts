import { activatedPlugins } from '../fixtures/app';
import { expect, test } from '../fixtures/hub';

test('JupyterLab starts with the extension behind a login and a base URL', async ({
  lab
}) => {
  await expect.poll(() => activatedPlugins(lab)).not.toEqual([]);
  expect(new URL(lab.url()).pathname).toContain('/user/x/lab');
});
