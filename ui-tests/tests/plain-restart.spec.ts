/** kill -9 of the Jupyter server while the page is open: it comes back, and so does the panel (G2). */
import { execFileSync } from 'node:child_process';

import { Folder } from '../fixtures/folder';
import { openNotebook, runAll } from '../fixtures/notebook';
import { expect, test as base } from '../fixtures/plain';
import { RestartedServer } from '../fixtures/restarted';
import { restarted, url } from '../servers';

const publish = (name: string): string =>
  `import dotscience as ds\nds.start("${name}")\nds.metric("accuracy", 0.5)\nds.publish()\n`;

const test = base.extend<{ server: RestartedServer }>({
  server: async ({ browserName: _ }, use) => {
    const server = new RestartedServer();
    await server.start();
    await use(server);
    await server.stop();
  },
  folder: async ({ server: _ }, use) => {
    await use(new Folder(restarted.root, 'restarted'));
  }
});

test.use({
  baseURL: url(restarted).replace(/\/$/, ''),
  // Galata's stand-ins for these fail a test whose server is away.
  kernels: null,
  sessions: null,
  terminals: null,
  mockSettings: false
});
test.setTimeout(240_000);

test('a killed and restarted server loses nothing', async ({
  page,
  folder,
  panel,
  server
}) => {
  folder.notebook('train.ipynb', publish('Before the crash'));
  await panel.open();
  await openNotebook(page, `${folder.path}/train.ipynb`);
  await runAll(page);
  await expect(panel.run('Before the crash')).toBeVisible();

  await server.kill();
  await expect(panel.region.getByText(/does not answer/)).toBeVisible({
    timeout: 60_000
  });
  // The workspace is tracked without any server.
  execFileSync(
    'python',
    [
      '-c',
      `import dotscience as ds\nds.script()\n${publish('While it was away')}`
    ],
    {
      cwd: folder.dir,
      stdio: 'ignore'
    }
  );
  await server.start();

  await expect(panel.run('While it was away')).toBeVisible({ timeout: 90_000 });
  await expect(panel.run('Before the crash')).toHaveCount(1);
  await expect(panel.region.getByText(/does not answer/)).toBeHidden();
});
