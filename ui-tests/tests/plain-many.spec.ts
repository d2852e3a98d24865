/** 10,000 runs: the panel opens, scrolls to the oldest and opens it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { openNotebook } from '../fixtures/notebook';
import { expect, plain, test } from '../fixtures/plain';

const SCRIPT = join(__dirname, '..', 'scripts', 'many_runs.py');

test.setTimeout(120_000);

test('ten thousand runs scroll and open', async ({ page, folder, panel }) => {
  folder.notebook('train.ipynb', 'x = 1');
  // The sandbox of the server: the same home and caches.
  execFileSync('python', [SCRIPT, folder.dir, '10000'], {
    env: {
      ...process.env,
      HOME: join(plain.folder, 'home'),
      XDG_CACHE_HOME: join(plain.folder, 'cache'),
      XDG_STATE_HOME: join(plain.folder, 'state'),
      XDG_RUNTIME_DIR: join(plain.folder, 'run')
    }
  });
  await panel.open();
  await openNotebook(page, `${folder.path}/train.ipynb`);

  await expect(panel.region.getByText('10,000').first()).toBeVisible({
    timeout: 60_000
  });
  await expect(panel.run(/Run 10000\b/)).toBeVisible();
  expect(await panel.runs.count()).toBeLessThan(200);

  await panel.list.focus();
  await page.keyboard.press('End');
  await expect(panel.run(/Run 1\b/)).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(
    page
      .locator('.jp-DotscienceRunPage')
      .getByRole('heading', { name: 'Run 1', exact: true })
  ).toBeVisible();
});
