// Draws the views with JupyterLab's themes, for eyes: node packages/views/gallery/render.mjs [scene…]
// The pictures lie in .cache/gallery/.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rspack } from '@rspack/core';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const out = join(root, '.cache/gallery');
const themes = join(root, '.venv/share/jupyter/lab/themes/@jupyterlab');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

// scene, window width and height
const PICTURES = {
  'panels-240': ['panels-240', 1320, 1700],
  'panels-310': ['panels-310', 1660, 1700],
  'live-240': ['live-240', 1320, 2550],
  'live-310': ['live-310', 1660, 2550],
  'run-wide': ['run-full', 1200, 1400],
  'run-narrow': ['run-full', 480, 2400],
  'run-live': ['run-live', 1100, 1200],
  'run-cells': ['run-full&tab=cells', 1000, 700],
  'run-files': ['run-full&tab=files', 1000, 700],
  'run-environment': ['run-environment&tab=environment', 1200, 1200],
  'run-logs': ['run-full&tab=logs', 1000, 900],
  'run-media': ['run-media&tab=media', 1100, 800],
  'run-empty': ['run-empty', 900, 600],
  'run-many': ['run-many', 1100, 1500],
  'run-hostile': ['run-hostile', 1000, 1300],
  'run-failed': ['run-failed', 1000, 800],
  versions: ['versions', 1000, 780],
  'versions-code': ['versions&of=code', 1000, 780],
  'versions-diff': ['versions&of=code&tab=difference', 1000, 780],
  'versions-notebook': ['versions&of=notebook', 1000, 780],
  'versions-bytes': ['versions&of=bytes', 1000, 500],
  'versions-lost': ['versions&of=lost', 1000, 500],
  'versions-acts': ['versions&of=acts', 1000, 780],
  'versions-none': ['versions&of=none', 700, 400],
  'versions-narrow': ['versions-narrow', 1560, 1010],
  card: ['card', 860, 1000],
  icons: ['icons', 800, 400]
};

function bundle() {
  const compiler = rspack({
    mode: 'development',
    devtool: false,
    entry: join(here, 'page.tsx'),
    output: { path: out, filename: 'page.js', publicPath: '' },
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

function html(theme) {
  return `<!doctype html><meta charset="utf-8">
<link rel="stylesheet" href="${theme}.css"><link rel="stylesheet" href="style/index.css">
<body data-jp-theme-light="${theme === 'light'}" style="margin:0;background:var(--jp-layout-color1)">
<div id="root"></div><script src="page.js"></script>`;
}

function shoot(picture, theme) {
  const [scene, width, height] = PICTURES[picture];
  const url = `${pathToFileURL(join(out, `${theme}.html`))}?scene=${scene}`;
  execFileSync(
    CHROMIUM,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--allow-file-access-from-files',
      '--virtual-time-budget=2000',
      `--window-size=${width},${height}`,
      `--screenshot=${join(out, `${picture}-${theme}.png`)}`,
      url
    ],
    { stdio: 'ignore' }
  );
}

mkdirSync(out, { recursive: true });
await bundle();
cpSync(join(here, '../style'), join(out, 'style'), { recursive: true });
for (const theme of ['light', 'dark']) {
  cpSync(
    join(themes, `theme-${theme}-extension/index.css`),
    join(out, `${theme}.css`)
  );
  writeFileSync(join(out, `${theme}.html`), html(theme));
}
const wanted = process.argv.slice(2);
for (const picture of wanted.length > 0 ? wanted : Object.keys(PICTURES)) {
  for (const theme of ['light', 'dark']) {
    shoot(picture, theme);
    console.log(join(out, `${picture}-${theme}.png`));
  }
}
