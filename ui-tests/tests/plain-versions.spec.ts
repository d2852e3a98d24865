/** Versions of a file, looked at without a checkout, brought back and undone; a branch that goes on. */
import type { Locator, Page } from '@playwright/test';

import { execute } from '../fixtures/app';
import type { Folder } from '../fixtures/folder';
import { openNotebook, runNext } from '../fixtures/notebook';
import { runPage, type Panel } from '../fixtures/panel';
import { expect, test } from '../fixtures/plain';

const START = `import json, os, struct, zlib
import dotscience as ds

def image(path, shade):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = b"".join(b"\\0" + bytes([shade, 80, 160]) * 24 for _ in range(16))
    with open(path, "wb") as file:
        file.write(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 24, 16, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))

def scores(n):
    ds.start(f"Scores {n}")
    with open(ds.output("scores.csv"), "w") as file:
        file.write("name,score\\n" + "".join(f"digit {i},{i * n / 10}\\n" for i in range(10)))
    image(ds.output("plot.png"), 60 * n)
    ds.publish()`;

/** Three runs, each with another scores.csv. */
async function threeRuns(
  page: Page,
  folder: Folder,
  panel: Panel
): Promise<void> {
  folder.notebook('train.ipynb', START, 'scores(1)', 'scores(2)', 'scores(3)');
  await openNotebook(page, `${folder.path}/train.ipynb`);
  await panel.open();
  await runNext(page);
  for (const n of [1, 2, 3]) {
    await runNext(page);
    await expect(panel.run(`Scores ${n}`)).toBeVisible();
    // Its files are another version once they are in a snapshot.
    await expect(panel.run(`Scores ${n}`)).not.toContainText('pending');
  }
}

const versionsOf = (page: Page): Locator =>
  page.getByRole('main').locator('.jp-DotscienceVersions:visible');

/** Selects a file in the file browser, as a click does. */
async function select(page: Page, name: string): Promise<void> {
  await execute(page, 'filebrowser:activate');
  await page
    .getByRole('listitem', { name: new RegExp(`^Name: ${name}`) })
    .click();
}

test('a file has versions, is looked at, brought back, and that is undone', async ({
  page,
  folder,
  panel
}) => {
  test.setTimeout(120_000); // a long story
  await threeRuns(page, folder, panel);
  const [first, third] = ['digit 9,0.9', 'digit 9,2.7'];
  expect(folder.read('scores.csv')).toContain(third);
  await execute(page, 'docmanager:open', {
    path: `${folder.path}/scores.csv`,
    factory: 'Editor'
  });
  const editor = page.locator('.jp-FileEditor:visible .cm-content');
  await expect(editor).toContainText(third);

  await select(page, 'scores.csv');
  await page
    .getByRole('listitem', { name: /^Name: scores\.csv/ })
    .click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Show Versions' }).click();
  const view = versionsOf(page);
  const rows = view.getByRole('option');
  await expect(rows).toHaveCount(3);
  await expect(rows.first()).toContainText('as it is now');
  await expect(rows.first()).toContainText('made by Scores 3');
  await expect(rows.last()).toContainText('made by Scores 1');

  // Each is looked at by its own bytes.
  const table = view.getByRole('region', { name: 'Rows of scores.csv' });
  await expect(table).toContainText('2.7');
  await view.getByRole('listbox').focus();
  await page.keyboard.press('ArrowDown');
  await expect(table).toContainText('1.8');
  await page.keyboard.press('End');
  await expect(table).toContainText('0.9');
  await expect(view.getByRole('button', { name: 'Scores 1' })).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('versions-light.png') });

  await view.getByRole('tab', { name: 'Changes to now' }).click();
  const changes = view.getByRole('region', { name: /^Changes from this/ });
  await expect(changes).toContainText(third);
  await expect(changes).toContainText(first);
  await page.screenshot({ path: test.info().outputPath('changes-light.png') });

  // Unsaved work is saved first, so the snapshot taken before has it.
  await editor.click();
  await page.keyboard.press('Control+End');
  await page.keyboard.type('mine,1');
  await view.getByRole('button', { name: 'Bring this file back' }).click();
  const done = view.getByRole('region', { name: 'scores.csv brought back' });
  await expect(done).toContainText(/Kept: what was there, in snapshot \w{7}/);
  await expect.poll(() => folder.read('scores.csv')).toContain(first);
  expect(folder.read('scores.csv')).not.toContain('mine');
  await expect(editor).toContainText(first);
  await expect(rows.last()).toContainText('as it is now');
  await expect(rows).toHaveCount(4);
  await page.screenshot({ path: test.info().outputPath('brought-light.png') });
  await execute(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
  await page.screenshot({ path: test.info().outputPath('brought-dark.png') });
  await execute(page, 'apputils:change-theme', { theme: 'JupyterLab Light' });

  await done.getByRole('button', { name: 'Undo: scores.csv' }).click();
  await expect(
    view.getByRole('region', { name: 'Undone: scores.csv as before' })
  ).toBeVisible();
  await expect.poll(() => folder.read('scores.csv')).toContain('mine,1');
  await expect(editor).toContainText('mine,1');

  // It follows the selection; an image is drawn from its bytes.
  await select(page, 'plot.png');
  await expect(view.getByRole('img', { name: 'Image plot.png' })).toBeVisible();
  await expect(view).toContainText('24 × 16');
  await expect(rows).toHaveCount(3);
  await select(page, 'train.ipynb');
  await expect(view.getByRole('list', { name: /^Cells of/ })).toContainText(
    'scores(3)'
  );
  await page.screenshot({ path: test.info().outputPath('notebook-light.png') });

  // A run is one click away, and its files come back from there.
  await select(page, 'scores.csv');
  await page.keyboard.press('Escape');
  await view.getByRole('listbox').focus();
  await page.keyboard.press('End');
  await view.getByRole('button', { name: 'Scores 1' }).click();
  const run = runPage(page, 'Scores 1');
  await run.getByRole('tab', { name: /^Files/ }).click();
  await run.getByRole('checkbox', { name: 'Choose scores.csv' }).check();
  await page.screenshot({ path: test.info().outputPath('files-light.png') });
  await run.getByRole('button', { name: 'Bring 1 file back' }).click();
  await expect(
    run.getByRole('region', { name: 'scores.csv brought back' })
  ).toBeVisible();
  await expect.poll(() => folder.read('scores.csv')).toContain(first);
});

test('a deleted file comes back, and files nobody kept say so', async ({
  page,
  folder,
  panel
}) => {
  await threeRuns(page, folder, panel);
  folder.remove('plot.png');
  await execute(page, 'dotscience:show-versions', {
    file: `${folder.path}/plot.png`
  });
  const view = versionsOf(page);
  await expect(view).toContainText('Not there now.');
  await view.getByRole('button', { name: 'Bring this file back' }).click();
  const done = view.getByRole('region', { name: 'plot.png brought back' });
  await expect(done).toContainText('1 file was not there before');
  await expect(done.getByRole('button', { name: /^Undo/ })).toHaveCount(0);
  await expect.poll(() => folder.exists('plot.png')).toBe(true);

  folder.write('new.txt', 'never in a snapshot');
  await execute(page, 'dotscience:show-versions', {
    file: `${folder.path}/new.txt`
  });
  await expect(view).toContainText('Never in a snapshot');
  await view.getByRole('button', { name: 'Save snapshot' }).click();
  await expect(view.getByRole('option')).toHaveCount(1);
  await expect(
    view.getByRole('region', { name: 'Text of new.txt' })
  ).toHaveText('never in a snapshot');
});

test('a branch is a folder that goes on from a run', async ({
  page,
  folder,
  panel
}) => {
  await threeRuns(page, folder, panel);
  await panel.run('Scores 1').click();
  const view = runPage(page, 'Scores 1');
  await view.getByRole('button', { name: 'Branch from here…' }).click();
  await view.getByRole('textbox', { name: 'Name of the branch' }).fill('try 2');
  await page.screenshot({ path: test.info().outputPath('branch-light.png') });
  await page.keyboard.press('Enter');
  const made = view.getByRole('region', { name: 'Branch try 2 made' });
  await expect(made).toContainText('branches/try-2');
  expect(folder.read('branches/try-2/scores.csv')).toContain('digit 9,0.9');

  // The run as a whole, into another folder: also what is kept in chunks.
  await view.getByRole('button', { name: 'Open notebook as it was' }).click();
  const side = /^restored\/[^/]+$/;
  await expect
    .poll(() => folder.folders('restored').filter(name => side.test(name)))
    .toHaveLength(1);
  const [restored] = folder.folders('restored');
  expect(folder.read(`${restored}/scores.csv`)).toContain('digit 9,0.9');
  await expect(
    page.locator('.jp-NotebookPanel:visible .jp-Cell').first()
  ).toContainText('import json');
  await panel.run('Scores 1').click();

  await made.getByRole('button', { name: 'Show folder' }).click();
  await expect(
    page.getByRole('listitem', { name: /^Name: scores\.csv/ })
  ).toBeVisible();

  // The name is taken now.
  await view.getByRole('button', { name: 'Branch from here…' }).click();
  await view.getByRole('textbox', { name: 'Name of the branch' }).fill('try 2');
  await page.keyboard.press('Enter');
  await expect(
    view.getByRole('region', { name: 'Branch try 2 not made' })
  ).toContainText('Give another name.');
});
