/**
 * Main-thread time a frame while the panel's list of runs is scrolled, from a trace of a real Chromium.
 *
 * The panel stands alone, built as shipped, with 5,000 and 100,000 runs, plain and with every second
 * run in a sweep. "wheel": 120 px a frame, as a hand does; "fling": 1,500 px a frame, so that each
 * frame draws all of its rows anew. Prints a Markdown table in ms; a frame at 60 Hz has 16.7 ms.
 *
 *   node bench/scroll.mjs
 *
 * Needs ui-tests/node_modules and .venv (for JupyterLab's theme). Chromium: $CHROMIUM, else /usr/bin/chromium.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rspack } from '@rspack/core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { chromium } = createRequire(join(root, 'ui-tests/package.json'))(
  '@playwright/test'
);
const FRAMES = 120;
const THEME = '.venv/share/jupyter/lab/themes/@jupyterlab/theme-light-extension/index.css';

function bundle(out) {
  const compiler = rspack({
    mode: 'production',
    devtool: false,
    performance: { hints: false },
    entry: join(root, 'packages/views/gallery/page.tsx'),
    output: { path: out, filename: 'page.js' },
    resolve: {
      extensions: ['.tsx', '.ts', '.js'],
      alias: { '@dotscience/core': join(root, 'packages/core/src') }
    },
    module: {
      rules: [
        {
          test: /\.tsx?$/,
          loader: 'builtin:swc-loader',
          options: { jsc: { parser: { syntax: 'typescript', tsx: true } } }
        }
      ]
    }
  });
  return new Promise((done, failed) =>
    compiler.run((error, stats) =>
      error || stats.hasErrors()
        ? failed(error ?? new Error(stats.toString('errors-only')))
        : done()
    )
  );
}

function pageIn(out) {
  cpSync(join(root, 'packages/views/style'), join(out, 'style'), { recursive: true });
  cpSync(join(root, THEME), join(out, 'theme.css'));
  writeFileSync(
    join(out, 'index.html'),
    `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="theme.css">
<link rel="stylesheet" href="style/index.css"><body data-jp-theme-light="true"><div id="root"></div>
<script src="page.js"></script>`
  );
  return pathToFileURL(join(out, 'index.html')).href;
}

/** Scrolls by `px` in each of `FRAMES` frames; answers how many rows were missing on screen. */
const scroll = ({ px, frames }) =>
  new Promise(done => {
    const box = document.querySelector('.ds-RunList');
    box.scrollTop = 0;
    let blank = 0;
    let left = frames;
    const step = () => {
      blank += box.querySelector('.ds-RunRow') ? 0 : 1;
      box.scrollTop += px;
      left -= 1;
      if (left > 0) {
        requestAnimationFrame(step);
      } else {
        done(blank);
      }
    };
    requestAnimationFrame(step);
  });

/** Busy time of the page's main thread between one frame's begin and the next. */
function framesOf(trace) {
  const events = JSON.parse(trace).traceEvents;
  const busiest = withMostFrames(events);
  const mine = events.filter(({ pid, tid }) => pid === busiest.pid && tid === busiest.tid);
  const begins = mine
    .filter(({ name }) => name === 'FireAnimationFrame')
    .map(({ ts }) => ts)
    .sort((a, b) => a - b);
  const busy = new Array(Math.max(0, begins.length - 1)).fill(0);
  for (const { name, ph, ts, dur = 0, tdur = dur } of mine) {
    if (ph === 'X' && name === 'RunTask') {
      const frame = begins.findIndex((begin, i) => ts + dur >= begin && ts < (begins[i + 1] ?? 0));
      if (frame >= 0) {
        busy[frame] += tdur / 1000;
      }
    }
  }
  return busy.sort((a, b) => a - b);
}

// Chromium keeps more than one renderer: ours has the most frames.
function withMostFrames(events) {
  const counts = new Map();
  for (const event of events) {
    if (event.name === 'FireAnimationFrame') {
      const key = `${event.pid} ${event.tid}`;
      const found = counts.get(key) ?? { event, n: 0 };
      counts.set(key, { event, n: found.n + 1 });
    }
  }
  const [most] = [...counts.values()].sort((a, b) => b.n - a.n);
  return most.event;
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

async function measure(browser, address, name, px) {
  const page = await browser.newPage({ viewport: { width: 320, height: 740 } });
  await page.goto(address);
  await page.locator('.ds-RunRow').first().waitFor({ timeout: 60_000 });
  await page.evaluate(scroll, { px, frames: 30 });
  await browser.startTracing(page, {
    categories: ['toplevel', 'devtools.timeline', 'devtools.timeline.frame', 'disabled-by-default-devtools.timeline']
  });
  const blank = await page.evaluate(scroll, { px, frames: FRAMES });
  const frames = framesOf((await browser.stopTracing()).toString());
  await page.close();
  const figures = [at(frames, 0.5), at(frames, 0.95), frames.at(-1)].map(ms => (ms ?? NaN).toFixed(1));
  const over = frames.filter(ms => ms > 16.7).length;
  console.log(`| ${name} | ${frames.length} | ${figures.join(' | ')} | ${over} | ${blank} |`);
}

const out = mkdtempSync(join(tmpdir(), 'dotscience-scroll-'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files']
});
try {
  await bundle(out);
  const page = pageIn(out);
  console.log('| list | frames | median | 95 % | longest | > 16.7 ms | blank |\n|---|---|---|---|---|---|---|');
  for (const count of [5_000, 100_000]) {
    for (const scene of ['plain', 'groups']) {
      for (const [speed, px] of [['wheel', 120], ['fling', 1_500]]) {
        const address = `${page}?scene=groups&count=${count}&groups=${scene === 'groups' ? 1 : 0}`;
        await measure(browser, address, `${count.toLocaleString('en')} ${scene}, ${speed}`, px);
      }
    }
  }
} finally {
  await browser.close();
  rmSync(out, { recursive: true });
}
