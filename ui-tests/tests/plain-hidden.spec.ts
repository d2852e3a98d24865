/** Hidden state and sessions: what the notebook shows of them, before anybody calls ds. */
import { execute } from '../fixtures/app';
import { openNotebook, runAll } from '../fixtures/notebook';
import { expect, test } from '../fixtures/plain';

// Galata answers any address that ends in api/settings itself, ours too.
test.use({ mockSettings: false });
test.setTimeout(120_000);

test('a cell edited after it ran is marked, explained, and clean again when it ran', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('state.ipynb', 'x = 1', 'y = x + 1');
  await panel.open();
  await openNotebook(page, `${folder.path}/state.ipynb`);
  await runAll(page);
  const marks = page.locator('.jp-DotscienceHidden');
  await expect(marks).toHaveCount(0);

  await page.notebook.setCell(0, 'code', 'x = 2');
  await execute(page, 'docmanager:save');
  const first = page.locator('.jp-Cell').nth(0).locator('.jp-DotscienceHidden');
  await expect(first).toHaveAttribute('aria-label', /Edited after it ran/);
  const second = page
    .locator('.jp-Cell')
    .nth(1)
    .locator('.jp-DotscienceHidden');
  await expect(second).toHaveAttribute('aria-label', /Uses x from cell \[1\]/);

  await second.click();
  const note = page.getByRole('dialog', { name: /Not what the saved/ });
  await expect(note).toContainText('which was edited and not run again');
  await page.keyboard.press('Escape');
  await expect(note).toHaveCount(0);

  await runAll(page);
  await execute(page, 'docmanager:save');
  await expect(marks).toHaveCount(0);
});

test('a session without ds is offered, and kept by one click', async ({
  page,
  folder,
  panel
}) => {
  folder.write('data.csv', 'a,b\n1,2\n');
  folder.notebook('plain.ipynb', 'text = open("data.csv").read()', 'len(text)');
  await panel.open();
  await openNotebook(page, `${folder.path}/plain.ipynb`);
  await runAll(page);

  await expect(panel.region.getByText(/^Work as always/)).toBeVisible();
  const keep = panel.button('Keep: plain.ipynb');
  await expect(keep).toBeVisible({ timeout: 20_000 });
  await expect(panel.region.locator('.ds-DraftRow')).toContainText('2 cells');
  await keep.click();
  await expect(panel.run(/plain\.ipynb/)).toBeVisible();
});
