/** What is tracked: edited in the panel, chosen in the file browser, with its cost before and undo after. */
import type { Locator, Page } from '@playwright/test';

import { execute } from '../fixtures/app';
import { openNotebook, runAll } from '../fixtures/notebook';
import { toast } from '../fixtures/panel';
import { expect, test } from '../fixtures/plain';
import { tooWide, violations } from '../fixtures/readable';

const CODE = `import dotscience as ds
ds.start("One")
ds.metric("acc", 0.9)
ds.publish()`;

/** Opens the menu *Tracking* on what is selected in the file browser. */
async function tracking(page: Page, name: string): Promise<Locator> {
  await page
    .getByRole('listitem', { name: new RegExp(`^Name: ${name}`) })
    .click({ button: 'right' });
  // A submenu's entry has no role of its own in Lumino.
  await page.locator('.lm-Menu-item').filter({ hasText: 'Tracking' }).hover();
  const menu = page.locator('.lm-Menu').last();
  await expect(menu).toContainText('As the rules say');
  return menu;
}

test('what is kept is seen with its cost, changed in the file browser and in the panel, and undone', async ({
  page,
  folder,
  panel
}) => {
  test.setTimeout(120_000);
  folder.write('data/raw/big.bin', 'x'.repeat(3_000_000));
  folder.write('data/small.csv', '1,2\n');
  folder.write('.env', 'SECRET=1');
  folder.write('scratch.tmp', 'x');
  folder.write('.dotscienceignore', '*.tmp\n');
  folder.notebook('one.ipynb', CODE);
  await panel.open();
  await openNotebook(page, `${folder.path}/one.ipynb`);
  await runAll(page);
  await expect(panel.run('One')).toBeVisible();

  // A folder: the state and why, the narrowest rule, and the way back.
  await execute(page, 'filebrowser:activate');
  let menu = await tracking(page, 'data');
  await expect(menu).toContainText('Kept: by the default');
  await page.screenshot({ path: 'test-results/policy-menu.png' });
  await menu.getByText('Ignore', { exact: true }).click();
  await expect(toast(page, 'data is ignored')).toBeVisible();

  menu = await tracking(page, 'data');
  await expect(menu).toContainText('Ignored: by the rule /data/');
  await expect(menu).toContainText('Keep its bytes (adds 3.0 MB in 2 files)');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');

  // What an ignore file leaves out no rule brings back, and the menu says so.
  menu = await tracking(page, 'scratch.tmp');
  await expect(menu).toContainText('Ignored: by *.tmp in .dotscienceignore');
  await expect(
    menu.locator('.lm-Menu-item').filter({ hasText: 'Keep its bytes' })
  ).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');

  // The panel edits the same policy.
  await panel.open();
  await panel.button('More of this workspace').click();
  await panel.region.getByRole('menuitem', { name: 'What is tracked' }).click();
  const rule = panel.region.getByRole('listitem', { name: 'Rule 1' });
  await expect(rule.getByRole('textbox')).toHaveValue('/data/');
  await expect(rule).toContainText('3.0 MB in 2 files');
  await rule
    .getByRole('combobox', { name: 'What rule 1 does' })
    .selectOption('fingerprint');
  await expect(panel.region).toContainText('Saved.');

  const field = panel.region.getByRole('textbox', {
    name: 'Pattern of a new rule'
  });
  await field.fill('!no');
  await field.press('Enter');
  await expect(panel.region).toContainText('no pattern a rule may have');
  await field.fill('/data/small.csv');
  await panel.region
    .getByRole('combobox', { name: 'What the new rule does' })
    .selectOption('keep');
  await expect(panel.region.locator('.ds-NewRule')).toContainText(
    '4 B in 1 file · 4 B in 1 file not kept yet'
  );
  await field.press('Enter');
  const second = panel.region.getByRole('listitem', { name: 'Rule 2' });
  await expect(second.getByRole('textbox')).toHaveValue('/data/small.csv');

  // Moved by keys: the folder's rule now wins.
  await second.getByRole('textbox').focus();
  await page.keyboard.press('Alt+ArrowUp');
  await expect(
    panel.region.getByRole('listitem', { name: 'Rule 1' }).getByRole('textbox')
  ).toHaveValue('/data/small.csv');
  await panel.button('Undo').click();
  await expect(
    panel.region.getByRole('listitem', { name: 'Rule 2' }).getByRole('textbox')
  ).toHaveValue('/data/small.csv');

  const limit = panel.region.getByRole('textbox', { name: /Ask before/ });
  await limit.fill('5 GB');
  await limit.press('Enter');
  await expect(limit).toHaveValue('5 GB');

  for (const theme of ['JupyterLab Dark', 'JupyterLab Light']) {
    await execute(page, 'apputils:change-theme', { theme });
    await expect(page.locator('body')).toHaveAttribute(
      'data-jp-theme-name',
      theme
    );
    expect.soft(await violations(page, '.jp-DotsciencePanel')).toEqual([]);
    await page.screenshot({ path: `test-results/policy-${theme}.png` });
  }
  await page.sidebar.setWidth(240, 'left');
  expect(await tooWide(panel.region)).toEqual([]);
  await page.screenshot({ path: 'test-results/policy-240.png' });

  // A run that is published now keeps what the rules say.
  await panel.button('Close what is tracked').click();
  await expect(panel.run('One')).toBeVisible();
});
