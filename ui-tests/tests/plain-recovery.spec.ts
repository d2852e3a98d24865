/** A killed worker, a restarted kernel, a server that is away: the panel recovers by itself (G2). */
import { openNotebook, runNext } from '../fixtures/notebook';
import { restartKernels } from '../fixtures/app';
import { killWorkers } from '../fixtures/processes';
import { expect, plain, test } from '../fixtures/plain';

const publish = (name: string): string =>
  `import dotscience as ds\nds.start("${name}")\nds.metric("accuracy", 0.5)\nds.publish()`;

test.setTimeout(120_000);

test('kill -9 of the worker loses nothing and the panel goes on', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('killed.ipynb', publish('Before'), publish('After'));
  await panel.open();
  await openNotebook(page, `${folder.path}/killed.ipynb`);
  await runNext(page);
  await expect(panel.run('Before')).toBeVisible();

  expect(killWorkers(plain.folder, folder.dir)).toBe(true);
  await runNext(page);

  await expect(panel.run('After')).toBeVisible({ timeout: 45_000 });
  await expect(panel.run('Before')).toHaveCount(1);
});

test.describe('with the real kernels API', () => {
  // Galata's mock answers a restart with a status that JupyterLab refuses.
  test.use({ kernels: null, sessions: null });

  test('a restarted kernel goes on in the same workspace', async ({
    page,
    folder,
    panel
  }) => {
    folder.notebook(
      'restarted.ipynb',
      publish('First kernel'),
      publish('Second kernel')
    );
    await panel.open();
    await openNotebook(page, `${folder.path}/restarted.ipynb`);
    await runNext(page);
    await expect(panel.run('First kernel')).toBeVisible();

    await restartKernels(page);
    await runNext(page);
    await expect(panel.run('Second kernel')).toBeVisible();
    await expect(panel.run('First kernel')).toHaveCount(1);
  });
});

test('while the server does not answer the panel says so, then catches up', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('away.ipynb', publish('While away'));
  await panel.open();
  await openNotebook(page, `${folder.path}/away.ipynb`);
  await expect(
    panel.region.getByText(folder.path.split('/').pop()!).first()
  ).toBeVisible();

  await page.route('**/dotscience/api/**', route => route.abort());
  await expect(panel.region.getByText(/does not answer/)).toBeVisible({
    timeout: 30_000
  });
  await runNext(page);
  await page.unroute('**/dotscience/api/**');

  await expect(panel.run('While away')).toBeVisible({ timeout: 45_000 });
  await expect(panel.region.getByText(/does not answer/)).toBeHidden();
});
