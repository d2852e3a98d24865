/** The page of a run while it goes on and after: curves, cells, files, environment, log, labels. */
import { execute } from '../fixtures/app';
import { openNotebook, runAll } from '../fixtures/notebook';
import { runPage } from '../fixtures/panel';
import { expect, test } from '../fixtures/plain';

// The file is the barrier: the run ends when the test has seen it.
const CODE = `import os, time
import dotscience as ds
ds.start("Curves")
open("scratch.txt", "w").write("undeclared")
for epoch in ds.steps(range(60)):
    ds.metric("val_loss", float("nan") if 20 <= epoch < 26 else 1 / (epoch + 1), step=epoch)
    ds.metric("train_loss", 0.5 / (epoch + 1), step=epoch)
    while epoch == 42 and not os.path.exists("go"):
        time.sleep(0.05)
print("trained to the end")
ds.publish()`;

test('a run is followed on its page, and kept with all that was seen', async ({
  page,
  folder
}) => {
  folder.notebook('curves.ipynb', CODE);
  await openNotebook(page, `${folder.path}/curves.ipynb`);
  const ran = runAll(page);

  const live = page.locator('.jp-NotebookPanel .jp-DotscienceLiveCard');
  await expect(live).toContainText(/Step \d+ of 60/);
  await live.getByRole('button', { name: 'Open run' }).click();

  const view = runPage(page, 'Curves');
  await expect(view.locator('header').first()).toContainText('Running');
  const chart = view.getByRole('img', { name: /^val_loss has/ });
  await expect(chart).toHaveAccessibleName(
    /43 points, from 1 to 0\.0233\. Best 0\.0233 at step 42\. Beside it: train_loss/
  );
  await expect(view).toContainText('Points 20 to 25 missing');

  folder.write('go', '');
  await ran;
  await expect(view.locator('header').first()).toContainText('Finished');
  await expect(chart).toHaveAccessibleName(/60 points/);

  // Zoomed by a drag, whole again by a double click.
  const plot = view.locator('.ds-Plot .u-over').first();
  const { x, y, width } = (await plot.boundingBox())!;
  await page.mouse.move(x + width * 0.25, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + width * 0.5, y + 30, { steps: 4 });
  await page.mouse.up();
  await expect(view.getByLabel('From step')).toHaveValue(/^1[3-6]/);
  await plot.dblclick();
  await expect(view.getByLabel('From step')).toHaveValue('');

  await view.getByRole('button', { name: 'Add scratch.txt as output' }).click();
  await expect(view.getByRole('region', { name: 'Outputs' })).toContainText(
    'added after the run'
  );

  await view.getByRole('button', { name: 'Label', exact: true }).click();
  await view.getByRole('textbox', { name: 'Label' }).fill('stage');
  await view.getByRole('textbox', { name: 'Value' }).fill('tuned');
  await page.keyboard.press('Enter');
  await expect(
    view.getByRole('list', { name: 'Models and labels' })
  ).toContainText('stage tuned');

  await view.getByRole('tab', { name: /Cells/ }).click();
  await view.getByRole('button', { name: 'import os, time' }).click();
  await expect(
    view.getByRole('region', { name: 'Text as it ran' })
  ).toContainText('trained to the end');
  await view.getByRole('tab', { name: /Environment/ }).click();
  await expect(view.getByRole('region', { name: 'Environment' })).toContainText(
    'Python'
  );
  await view.getByRole('tab', { name: /Logs/ }).click();
  await expect(view.getByRole('log')).toContainText('trained to the end');

  // The colours of the other theme are read again.
  await view.getByRole('tab', { name: 'Overview' }).click();
  const drawn = (): Promise<string> =>
    view
      .locator('.ds-Plot canvas')
      .first()
      .evaluate(canvas => (canvas as HTMLCanvasElement).toDataURL());
  await expect(chart).toBeVisible();
  const before = await drawn();
  await execute(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
  await expect.poll(drawn).not.toBe(before);
});
