/**
 * From `ds.publish()`, and from a notebook's save, to the run's row on screen.
 *
 * A real Jupyter server, a real Chromium, a workspace of `--files` small files whose first snapshot is
 * done, a notebook of `--megabytes` MB. Bar: DESIGN §8, median <= 300 ms from save to panel.
 *
 *   node bench/publish_to_panel.mjs [--runs 15] [--files 10000] [--megabytes 1]
 *
 * "publish": `ds.publish()` has returned in a Python process -> the row is in the page.
 * "save": the browser begins to PUT a notebook that holds a new run block -> the row is in the page.
 * Both clocks are this machine's wall clock. Prints a Markdown table: median, min, max in ms.
 */
import { spawn, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { chromium } = createRequire(join(repository, 'ui-tests/package.json'))(
  '@playwright/test'
);
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    files: { type: 'string', default: '10000' },
    megabytes: { type: 'string', default: '1' },
    port: { type: 'string', default: '8977' }
  }
});
const runs = Number(values.runs);
const bin = join(repository, '.venv/bin');
const home = mkdtempSync(join(tmpdir(), 'ds-bench-'));
const workspace = join(home, 'workspace');
const environment = {
  ...process.env,
  PATH: `${bin}:${process.env.PATH}`,
  HOME: home,
  XDG_CACHE_HOME: join(home, 'cache'),
  XDG_STATE_HOME: join(home, 'state'),
  XDG_RUNTIME_DIR: join(home, 'run'),
  JUPYTER_CONFIG_DIR: join(home, 'jupyter')
};

function makeWorkspace() {
  mkdirSync(join(home, 'run'), { recursive: true, mode: 0o700 });
  for (let folder = 0; folder < 100; folder++) {
    const path = join(workspace, 'data', String(folder));
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < Number(values.files) / 100; file++) {
      writeFileSync(join(path, `${file}.csv`), `${folder},${file}\n`.repeat(40));
    }
  }
  writeFileSync(join(workspace, 'train.ipynb'), JSON.stringify(notebook([])));
  execFileSync(join(bin, 'ds'), ['init', workspace], { env: environment });
  execFileSync(join(bin, 'ds'), ['-C', workspace, 'snapshot', '-m', 'warm'], {
    env: environment
  });
}

/** A notebook of about `--megabytes` MB; the last cell's output holds the blocks. */
function notebook(blocks) {
  const filler = 'step 1 loss 0.123456 accuracy 0.987654\n'.repeat(256);
  const count = Math.ceil((Number(values.megabytes) * 1e6) / filler.length);
  const cell = (id, text) => ({
    cell_type: 'code',
    id,
    metadata: {},
    execution_count: 1,
    source: 'train()',
    outputs: [{ output_type: 'stream', name: 'stdout', text }]
  });
  return {
    cells: [
      ...Array.from({ length: count }, (_, i) => cell(`filler-${i}`, filler)),
      cell('blocks', blocks.join('\n'))
    ],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5
  };
}

function block(name) {
  const id = randomUUID();
  const meta = {
    description: name,
    end: '20261121T120001.000000',
    input: [],
    labels: {},
    output: [],
    parameters: {},
    start: '20261121T120000.000000',
    summary: { accuracy: '0.9' },
    version: '1'
  };
  return `[[DOTSCIENCE-RUN:${id}]]${JSON.stringify(meta, null, 4)}[[/DOTSCIENCE-RUN:${id}]]`;
}

const publisher = `
import sys, time
import dotscience as ds
ds.interactive()
for line in sys.stdin:
    ds.start(line.strip()); ds.metric("accuracy", 0.9); ds.publish(stream=open("/dev/null", "w"))
    print(time.time() * 1000, flush=True)
`;

async function waitForServer(address) {
  for (let attempt = 0; attempt < 240; attempt++) {
    try {
      if ((await fetch(`${address}/api`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise(done => setTimeout(done, 250));
  }
  throw new Error('The Jupyter server did not start.');
}

/** Resolves in the page to the wall clock at which `name` is first shown in the panel. */
function shown(page, name) {
  return page.evaluate(
    text =>
      new Promise((resolve, reject) => {
        const panel = document.querySelector('#dotscience-panel');
        const look = () => {
          if (panel.textContent.includes(text)) {
            observer.disconnect();
            requestAnimationFrame(() => resolve(Date.now()));
          }
        };
        const observer = new MutationObserver(look);
        observer.observe(panel, { subtree: true, childList: true, characterData: true });
        setTimeout(() => reject(new Error(`${text} never came`)), 20000);
        look();
      }),
    name
  );
}

function row(name, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const ms = x => Math.round(x);
  return `| ${name} | ${ms(sorted[Math.floor(sorted.length / 2)])} | ${ms(sorted[0])} | ${ms(sorted.at(-1))} |`;
}

async function measure(page) {
  const process_ = spawn(join(bin, 'python'), ['-c', publisher], {
    cwd: workspace,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit']
  });
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  const publish = [];
  const save = [];
  for (let index = 0; index <= runs; index++) {
    const name = `published ${randomUUID().slice(0, 8)}`;
    const seen = shown(page, name);
    process_.stdin.write(name + '\n');
    const returned = Number((await lines.next()).value);
    publish.push((await seen) - returned);
  }
  process_.stdin.end();
  const blocks = [];
  for (let index = 0; index <= runs; index++) {
    const name = `saved ${randomUUID().slice(0, 8)}`;
    blocks.push(block(name));
    const seen = shown(page, name);
    const began = await page.evaluate(async content => {
      const at = Date.now();
      await window.jupyterapp.serviceManager.contents.save('train.ipynb', {
        type: 'notebook',
        format: 'json',
        content
      });
      return at;
    }, notebook(blocks));
    save.push((await seen) - began);
  }
  // The first of each warms up.
  return { publish: publish.slice(1), save: save.slice(1) };
}

async function main() {
  makeWorkspace();
  const address = `http://127.0.0.1:${values.port}`;
  const server = spawn(
    join(bin, 'jupyter'),
    ['lab', '--allow-root', '--no-browser', `--port=${values.port}`, '--ServerApp.port_retries=0',
      '--IdentityProvider.token=', '--LabApp.expose_app_in_browser=True', `--ServerApp.root_dir=${workspace}`],
    { cwd: workspace, env: environment, stdio: 'ignore' }
  );
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  const browser = await chromium.launch({
    executablePath: existsSync(executablePath) ? executablePath : undefined
  });
  try {
    await waitForServer(address);
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(`${address}/lab`);
    await page.waitForFunction(() => window.jupyterapp?.commands.hasCommand('dotscience:open-panel'));
    await page.evaluate(async () => {
      await window.jupyterapp.restored;
      await window.jupyterapp.commands.execute('dotscience:open-panel');
    });
    await page.waitForSelector('#dotscience-panel');
    await page.getByText('Your first run').waitFor();
    const { publish, save } = await measure(page);
    console.log(`Workspace of ${values.files} files, notebook of ${values.megabytes} MB, ${runs} runs each.\n`);
    console.log('| from → to the row on screen, ms | median | min | max |\n|---|---|---|---|');
    console.log(row('`ds.publish()` returned', publish));
    console.log(row('save of the notebook begins', save));
  } finally {
    await browser.close();
    server.kill('SIGTERM');
    await new Promise(done => server.once('exit', done));
    stopWorker();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The worker would end by itself when idle; the bench leaves nothing behind. */
function stopWorker() {
  try {
    execFileSync('pkill', ['-f', `dotscience_server.worker --workspace ${workspace}`]);
  } catch {
    // It has ended already.
  }
}

await main();
