/** A killed worker, a restarted kernel, a server that is away: the panel recovers by itself (G2). */
import type { Page } from '@playwright/test';

import { killWorkers } from '../fixtures/processes';
import { expect, plain, test } from '../fixtures/plain';

const publish = (name: string): string =>
  `import dotscience as ds\nds.start("${name}")\nds.metric("accuracy", 0.5)\nds.publish()`;

test.setTimeout(120_000);

async function runCell(
  page: Page & { notebook: { runCell(i: number): Promise<boolean> } },
  i: number
): Promise<void> {
  await page.notebook.runCell(i);
}

test('kill -9 of the worker loses nothing and the panel goes on', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('killed.ipynb', publish('Before'), publish('After'));
  await panel.open();
  await page.notebook.openByPath(`${folder.path}/killed.ipynb`);
  await runCell(page, 0);
  await expect(panel.run('Before')).toBeVisible();

  expect(killWorkers(plain.folder, folder.dir)).toBe(true);
  await runCell(page, 1);

  await expect(panel.run('After')).toBeVisible({ timeout: 45_000 });
  await expect(panel.run('Before')).toHaveCount(1);
});

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
  await page.notebook.openByPath(`${folder.path}/restarted.ipynb`);
  await runCell(page, 0);
  await expect(panel.run('First kernel')).toBeVisible();

  await page.evaluate(async () => {
    const app = (
      window as unknown as {
        jupyterapp: {
          serviceManager: {
            sessions: { running(): Iterable<{ kernel: { id: string } }> };
            kernels: {
              connectTo(o: object): {
                restart(): Promise<void>;
                dispose(): void;
              };
            };
          };
        };
      }
    ).jupyterapp;
    for (const { kernel } of app.serviceManager.sessions.running()) {
      const connection = app.serviceManager.kernels.connectTo({
        model: kernel
      });
      await connection.restart();
      connection.dispose();
    }
  });
  await runCell(page, 1);
  await expect(panel.run('Second kernel')).toBeVisible();
  await expect(panel.run('First kernel')).toHaveCount(1);
});

test('while the server does not answer the panel says so, then catches up', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('away.ipynb', publish('While away'));
  await panel.open();
  await page.notebook.openByPath(`${folder.path}/away.ipynb`);
  await expect(
    panel.region.getByText(folder.path.split('/').pop()!).first()
  ).toBeVisible();

  await page.route('**/dotscience/api/**', route => route.abort());
  await expect(panel.region.getByText(/does not answer/)).toBeVisible({
    timeout: 30_000
  });
  await runCell(page, 0);
  await page.unroute('**/dotscience/api/**');

  await expect(panel.run('While away')).toBeVisible({ timeout: 45_000 });
  await expect(panel.region.getByText(/does not answer/)).toBeHidden();
});
