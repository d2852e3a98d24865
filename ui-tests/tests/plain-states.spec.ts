/** What the panel says before the first run, and about a notebook it cannot read. */
import { openNotebook, runAll } from '../fixtures/notebook';
import { expect, test } from '../fixtures/plain';

test('the first minute shows an example, what is tracked, and puts it in the notebook', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('fresh.ipynb', 'x = 1');
  await panel.open();
  await openNotebook(page, `${folder.path}/fresh.ipynb`);
  await expect(panel.region.getByText('Your first run')).toBeVisible();
  await expect(
    panel.region.getByRole('heading', { name: 'What is tracked' })
  ).toBeVisible();
  await panel.button('Insert in the open notebook').click();
  await expect(
    page.locator('.jp-Notebook').getByText('import dotscience as ds')
  ).toBeVisible();
});

test('a half-written notebook is said so, and healed by its next save', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook(
    'half.ipynb',
    'import dotscience as ds\nds.start("Whole")\nds.publish()'
  );
  await panel.open();
  await openNotebook(page, `${folder.path}/half.ipynb`);
  await runAll(page);
  await expect(panel.run('Whole')).toBeVisible();
  await page.notebook.save();
  const whole = folder.read('half.ipynb');

  folder.write('half.ipynb', whole.slice(0, whole.length / 2));
  await expect(
    panel.region.getByText('Notebook half-written').first()
  ).toBeVisible({
    timeout: 30_000
  });
  await expect(panel.region.getByText(/Kept/).first()).toBeVisible();

  folder.write('half.ipynb', whole);
  await expect(panel.region.getByText('Notebook half-written')).toHaveCount(0, {
    timeout: 30_000
  });
  await expect(panel.run('Whole')).toHaveCount(1);
});
