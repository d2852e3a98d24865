// Medians of building the runs list, with and without groups, for 10,000 and 100,000 runs that came
// as column blocks: node bench/run_list.mjs
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rspack } from '@rspack/core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const core = join(root, 'packages/core/src');
const PAGE = 4096;
const ROUNDS = 9;

/** Bundles what is measured from its sources. */
async function load(out) {
  const compiler = rspack({
    mode: 'production',
    target: 'node',
    devtool: false,
    entry: { core: join(core, 'index.ts'), encode: join(core, 'testing/encode.ts') },
    experiments: { outputModule: true },
    output: { path: out, filename: '[name].mjs', library: { type: 'module' } },
    resolve: { extensions: ['.ts'] },
    module: {
      rules: [
        {
          test: /\.ts$/,
          loader: 'builtin:swc-loader',
          options: { jsc: { parser: { syntax: 'typescript' } } }
        }
      ]
    }
  });
  await new Promise((done, failed) =>
    compiler.run((error, stats) =>
      error || stats.hasErrors()
        ? failed(error ?? new Error(stats.toString('errors-only')))
        : done()
    )
  );
  const at = name => import(pathToFileURL(join(out, `${name}.mjs`)).href);
  return { ...(await at('core')), ...(await at('encode')) };
}

/** A run of every second kind stands alone; the others belong to sweeps of 200. */
function aRun(i, grouped) {
  const time = new Date(Date.UTC(2026, 0, 1) + i * 280_000).toISOString();
  return {
    id: `${String(i).padStart(8, '0')}-52d4-4b0e-9a61-0c8f27d1b3aa`,
    revision: i + 1, seq: i + 1, state: 'published', description: `Run ${i}`,
    error: null, started: time, ended: time, duration_s: 1, recorded: time,
    notebook: 'train.ipynb', workload: null, parameters: [], labels: [], models: [],
    metrics: [{ key: 'acc', kind: 'float', number: (i % 97) / 100 + 0.001, text: String((i % 97) / 100 + 0.001) }],
    inputs: 0, outputs: 0, snapshot: { state: 'frozen', id: null, duration_s: null },
    conflict: false, ending: null, curves: 0,
    group: grouped && i % 2 ? `sweep ${Math.floor(i / 400)}` : null
  };
}

const feed = (revision, runs) => ({
  format: 1, workspace: 'w', revision, reset: false, total: 0, blocks: [], runs
});

const median = times => times.sort((a, b) => a - b)[times.length >> 1];

function timed(act) {
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = performance.now();
    act(i);
    times.push(performance.now() - start);
  }
  return median(times).toFixed(1).padStart(7);
}

function measure({ RunList, RunRows, encodeBlock }, count, grouped) {
  const runs = Array.from({ length: count }, (_, i) => aRun(i, grouped));
  const blocks = [];
  for (let from = 0; from < count; from += PAGE) {
    blocks.push(encodeBlock(from / PAGE, count, runs.slice(from, from + PAGE)));
  }
  const fresh = () => RunList.empty.applied(feed(count, []), blocks);
  const folded = () => false;
  const known = new Map();
  const rowsOf = list => new RunRows(list, folded).days('UTC', known).length;
  const first = timed(() => rowsOf(fresh()));
  let list = fresh();
  rowsOf(list);
  list.best('acc', 'max');
  const publish = timed(i => {
    list = list.applied(feed(count + i, [aRun(count + i, grouped)]), []);
    rowsOf(list);
    list.best('acc', 'max');
  });
  const unfold = timed(() => new RunRows(list, name => name === 'sweep 1').days('UTC', known));
  console.log(`${String(count).padStart(8)} ${grouped ? 'groups' : 'none  '}  first ${first} ms  publish ${publish} ms  unfold ${unfold} ms`);
}

const out = mkdtempSync(join(tmpdir(), 'dotscience-bench-'));
try {
  const parts = await load(out);
  for (const count of [10_000, 100_000]) {
    measure(parts, count, false);
    measure(parts, count, true);
  }
} finally {
  rmSync(out, { recursive: true });
}
