// Looks at the gallery with axe in a real Chromium, colours included, in both themes and in forced
// colours, and scrolls through 100,000 runs: node packages/views/gallery/check.mjs
// Needs ui-tests/node_modules and the pages that render.mjs makes.
/* global window, document, requestAnimationFrame */
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const require = createRequire(join(root, 'ui-tests/package.json'));
const { chromium } = require('@playwright/test');
const axe = readFileSync(
  join(root, 'node_modules/axe-core/axe.min.js'),
  'utf8'
);

const SCENES = [
  'panels-240',
  'live-240',
  'run',
  'run-failed',
  'card',
  'versions',
  'versions&of=code',
  'versions&of=notebook',
  'versions&of=lost',
  'versions&of=acts',
  'versions&of=many'
];
// The gallery's own frame, not the views.
const OFF = {
  'landmark-one-main': false,
  'page-has-heading-one': false,
  region: false,
  'document-title': false,
  'html-has-lang': false,
  'landmark-unique': false,
  'landmark-no-duplicate-banner': false
};

const address = (theme, scene) =>
  `${pathToFileURL(join(root, '.cache/gallery', `${theme}.html`))}?scene=${scene}`;

async function inspect(page, theme, scene) {
  await page.goto(address(theme, scene));
  await page.waitForTimeout(1_200);
  await page.evaluate(axe);
  const rules = Object.fromEntries(
    Object.entries(OFF).map(([id, enabled]) => [id, { enabled }])
  );
  const { violations } = await page.evaluate(
    options => window.axe.run(document.getElementById('root'), options),
    {
      rules,
      preload: false,
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']
    }
  );
  for (const { id, nodes } of violations) {
    nodes
      .slice(0, 5)
      .forEach(({ html, any }) =>
        console.log(
          `${theme} ${scene}: ${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`
        )
      );
  }
  return violations.length;
}

async function scroll(page) {
  await page.goto(address('light', 'many'));
  const list = page.locator('.ds-RunList');
  await list.waitFor();
  const rows = await page.evaluate(async () => {
    const box = document.querySelector('.ds-RunList');
    let most = 0;
    let blank = 0;
    let longest = 0;
    let last = performance.now();
    for (let i = 0; i < 200; i++) {
      box.scrollTop = (box.scrollHeight / 200) * i;
      await new Promise(done =>
        requestAnimationFrame(() => requestAnimationFrame(done))
      );
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      const found = box.querySelectorAll('[role=option]').length;
      most = Math.max(most, found);
      blank += found === 0 ? 1 : 0;
    }
    return { most, blank, longest };
  });
  await list.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  const active = await page.evaluate(() => {
    const box = document.querySelector('.ds-RunList');
    const row = document.getElementById(
      box.getAttribute('aria-activedescendant')
    );
    const { top, bottom } = row.getBoundingClientRect();
    const frame = box.getBoundingClientRect();
    return {
      row: row.getAttribute('aria-posinset'),
      seen: top >= frame.top && bottom <= frame.bottom
    };
  });
  console.log('100,000 runs:', rows, active);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu']
});
let bad = 0;
for (const forcedColors of ['none', 'active']) {
  const page = await browser.newPage({
    viewport: { width: 1320, height: 1700 },
    forcedColors
  });
  page.on('pageerror', error => console.log('page:', error.message));
  page.on(
    'console',
    message =>
      message.type() === 'error' && console.log('console:', message.text())
  );
  for (const theme of forcedColors === 'none' ? ['light', 'dark'] : ['light']) {
    for (const scene of SCENES) {
      bad += await inspect(page, theme, scene);
    }
  }
  if (forcedColors === 'active') {
    await page.goto(address('light', 'panels-240'));
    await page.waitForTimeout(800);
    await page.screenshot({
      path: join(root, '.cache/gallery/panels-forced.png')
    });
  } else {
    await scroll(page);
  }
  await page.close();
}
await browser.close();
console.log(`${bad} kinds of violation`);
process.exitCode = bad > 0 ? 1 : 0;
