/** Text of runs is text, wherever it is shown (G7). */
import { openNotebook, runAll } from '../fixtures/notebook';
import { execute } from '../fixtures/app';
import { expect, test } from '../fixtures/plain';

const CODE = `import dotscience as ds, os
bad = "<img src=x onerror=\\"window.pwned=1;alert(1)\\"><script>window.pwned=2</script>"
name = "<img src=x onerror='window.pwned=3'>.txt"
open(name, "w").write("x")
ds.start("Hostile " + bad)
ds.input(name)
ds.parameter("p" + bad, bad)
ds.metric("m" + bad, 1)
ds.label("l" + bad, bad)
ds.error(bad)
ds.publish()`;

test('a hostile run is shown as text everywhere', async ({
  page,
  folder,
  panel
}) => {
  let dialogs = 0;
  page.on('dialog', dialog => {
    dialogs += 1;
    void dialog.dismiss();
  });
  folder.notebook('hostile.ipynb', CODE);
  await panel.open();
  await openNotebook(page, `${folder.path}/hostile.ipynb`);
  await runAll(page);

  const row = panel.run(/Hostile <img src=x/);
  await expect(row).toBeVisible();
  await row.click();
  const shown = page.locator('.jp-DotscienceRunPage');
  await expect(shown.getByRole('heading', { level: 1 })).toContainText(
    '<img src=x'
  );
  await expect(shown.getByText(/<script>/).first()).toBeVisible();
  await execute(page, 'application:activate-next-tab');

  const ours =
    '.jp-DotsciencePanel, .jp-DotscienceRunPage, .jp-DotscienceRunCard, .jp-Toolbar, .lm-TabBar';
  await expect(page.locator(ours).locator('img[src="x"], script')).toHaveCount(
    0
  );
  expect(
    await page.evaluate(() => (window as { pwned?: number }).pwned)
  ).toBeUndefined();
  expect(dialogs).toBe(0);
});
