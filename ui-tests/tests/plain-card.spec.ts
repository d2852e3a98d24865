/** The run card in a cell's output (DESIGN §4.2). */
import { openNotebook, runAll } from '../fixtures/notebook';
import { expect, test } from '../fixtures/plain';

const FIFTY = `import dotscience as ds
for i in range(50):
    ds.start(f"Run {i}")
    ds.parameter("i", i)
    ds.metric("accuracy", i / 50)
    ds.publish()`;

const CARD = 'application/vnd.dotscience.run.v1+json';

interface IOutput {
  data?: Record<string, unknown>;
}

test('fifty runs of one cell are one card, and text where nothing draws it', async ({
  page,
  folder,
  panel
}) => {
  folder.notebook('fifty.ipynb', FIFTY);
  await panel.open();
  await openNotebook(page, `${folder.path}/fifty.ipynb`);
  await runAll(page);

  await expect(page.locator('.jp-DotscienceRunCard')).toHaveCount(1);
  await expect(panel.region.getByText(/\b50\b/).first()).toBeVisible();
  await expect(panel.run(/Run 49/)).toBeVisible();

  await page.notebook.save();
  const notebook = JSON.parse(folder.read('fifty.ipynb'));
  const outputs: IOutput[] = notebook.cells[0].outputs;
  const cards = outputs.filter(output => output.data && CARD in output.data);
  expect(cards).toHaveLength(1);
  const text = [cards[0].data?.['text/plain']].flat().join('');
  expect(text.match(/\[\[DOTSCIENCE-RUN:/g)).toHaveLength(50);
});

test('a card opens the page of its run', async ({ page, folder, panel }) => {
  folder.notebook(
    'one.ipynb',
    'import dotscience as ds\nds.start("Only one")\nds.metric("accuracy", 0.5)\nds.publish()'
  );
  await panel.open();
  await openNotebook(page, `${folder.path}/one.ipynb`);
  await runAll(page);
  await expect(panel.run(/Only one/)).toBeVisible();
  const card = page.locator('.jp-DotscienceRunCard');
  await card.getByRole('button', { name: 'Open run' }).click();
  await expect(page.getByRole('tab', { name: /Only one/ })).toBeVisible();
});
