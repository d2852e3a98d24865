/** Keyboard alone, names for screen readers, narrow panels, both themes (UI.md §7, §8). */
import AxeBuilder from '@axe-core/playwright';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';

import { openNotebook, runAll } from '../fixtures/notebook';
import type { Folder } from '../fixtures/folder';
import type { Panel } from '../fixtures/panel';
import { expect, test } from '../fixtures/plain';

const THREE = `import dotscience as ds
for name, value in [("First", 0.91), ("Second", 0.95), ("Third with a name that is a good deal longer than the panel", 0.93)]:
    ds.start(name)
    ds.parameter("alpha", 1e-4)
    ds.metric("val_accuracy", value)
    ds.output(ds.input("data.csv"))
    ds.publish()`;

async function threeRuns(
  page: IJupyterLabPageFixture,
  folder: Folder,
  panel: Panel
): Promise<void> {
  folder.write('data.csv', '1,2\n');
  folder.notebook('three.ipynb', THREE);
  await panel.open();
  await openNotebook(page, `${folder.path}/three.ipynb`);
  await runAll(page);
  await expect(panel.run(/Second/)).toBeVisible();
}

async function violations(page: Page, selector: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .include(selector)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.html.slice(0, 160)}`)
  );
}

test('panel and runs by keyboard alone', async ({ page, folder, panel }) => {
  await threeRuns(page, folder, panel);
  await page.sidebar.close('left');

  await page.keyboard.press('Control+Shift+C');
  await page.keyboard.type('Show the Dotscience Panel');
  await page.keyboard.press('Enter');
  await expect(panel.region).toBeVisible();

  const listbox = panel.region.getByRole('listbox').first();
  for (
    let i = 0;
    i < 20 &&
    !(await listbox.evaluate(node => node.contains(document.activeElement)));
    i++
  ) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(
    page
      .locator('.jp-DotscienceRunPage')
      .getByRole('heading', { name: 'Second' })
  ).toBeVisible();
});

for (const theme of ['light', 'dark']) {
  test(`panel and run page name everything and can be read, ${theme}`, async ({
    page,
    folder,
    panel
  }) => {
    await threeRuns(page, folder, panel);
    await panel.run(/Second/).click();
    await expect(page.locator('.jp-DotscienceRunPage')).toBeVisible();
    await (theme === 'dark'
      ? page.theme.setDarkTheme()
      : page.theme.setLightTheme());
    expect.soft(await violations(page, '.jp-DotsciencePanel')).toEqual([]);
    expect.soft(await violations(page, '.jp-DotscienceRunPage')).toEqual([]);
  });
}

test('240 px need no sideways scrolling', async ({ page, folder, panel }) => {
  await threeRuns(page, folder, panel);
  await page.sidebar.setWidth(240, 'left');
  const wider = await panel.region.evaluate(region =>
    [region, ...region.querySelectorAll('*')]
      .filter(
        node =>
          getComputedStyle(node).overflowX !== 'visible' || node === region
      )
      .filter(
        node =>
          node.scrollWidth > node.clientWidth + 1 &&
          getComputedStyle(node).overflowX !== 'hidden'
      )
      .map(
        node => `${node.className} ${node.scrollWidth} > ${node.clientWidth}`
      )
  );
  expect(wider).toEqual([]);
});
