// `npm start`: sets up what is missing, opens JupyterLab on examples/, prints the address.
// Further arguments go to JupyterLab: npm start -- --no-browser --port 9000
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

import { onParentGone } from './parent.mjs';
import { root } from './paths.mjs';
import { endAll, signalGroup } from './process.mjs';
import { ensure } from './setup/install.mjs';
import { TO_START } from './setup/steps.mjs';
import {
  LOG,
  addressOf,
  isRoot,
  makeWorkspace,
  startJupyter
} from './start/jupyter.mjs';

const SHUTDOWN_MS = 10_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

let jupyter = null;
let stopping = false;

const force = () => signalGroup(jupyter.pid, 'SIGKILL');

function stop() {
  if (!jupyter) {
    endAll();
    process.exit(130);
  }
  if (stopping) {
    return;
  }
  stopping = true;
  console.log('\nStopping …');
  signalGroup(jupyter.pid, 'SIGTERM');
  setTimeout(force, SHUTDOWN_MS).unref();
}

// The second time somebody is in a hurry.
const interrupt = () => (stopping ? force() : stop());

function ended() {
  if (stopping) {
    console.log('Stopped.');
    process.exit(0);
  }
  const log = readFileSync(LOG, 'utf8').trimEnd().split('\n');
  console.error(log.slice(-30).join('\n'));
  console.error(`\nJupyterLab ended. Whole log: ${relative(root, LOG)}`);
  process.exit(1);
}

async function start() {
  await ensure(TO_START);
  if (isRoot()) {
    console.log('Running as root: JupyterLab is started with --allow-root.');
  }
  makeWorkspace();
  jupyter = startJupyter(process.argv.slice(2));
  jupyter.once('exit', ended);
  const address = await addressOf(jupyter);
  console.log(`\nJupyterLab is at  ${address}\n`);
  console.log(`Ctrl+C stops it. Its log: ${relative(root, LOG)}`);
}

SIGNALS.forEach(signal => process.on(signal, interrupt));
onParentGone(stop);
start().catch(error => {
  console.error(`\n${error.message}`);
  process.exit(1);
});
