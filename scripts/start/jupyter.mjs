// Starts JupyterLab and says when it answers, and where.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { toolEnvironment, venvBin } from '../environment.mjs';
import { inRoot } from '../paths.mjs';

const POLL_MS = 100;

export const LOG = inRoot('.cache/logs/jupyter.log');

export const isRoot = () => process.getuid?.() === 0;

// Jupyter takes this option once only, so ours gives way.
const namesFolder = extra =>
  extra.some(arg => /^--(ServerApp\.root_dir|notebook-dir)\b/.test(arg));

export function jupyterArguments(extra) {
  return [
    'lab',
    ...(namesFolder(extra)
      ? []
      : [`--ServerApp.root_dir=${inRoot('examples')}`]),
    ...(isRoot() ? ['--allow-root'] : []),
    ...extra
  ];
}

// The store's folder makes the examples a workspace of their own. Without it they would
// belong to the repository they lie in, with node_modules and all.
export function makeWorkspace() {
  mkdirSync(inRoot('examples/.dotscience'), { recursive: true, mode: 0o700 });
}

export function startJupyter(extra) {
  mkdirSync(inRoot('.cache/logs'), { recursive: true });
  const log = openSync(LOG, 'w');
  // A group of its own: Ctrl+C reaches this script alone, which then ends Jupyter
  // without the question that Jupyter would ask on the terminal.
  return spawn(venvBin('jupyter'), jupyterArguments(extra), {
    cwd: inRoot('.'),
    env: toolEnvironment(),
    detached: true,
    stdio: ['ignore', log, log]
  });
}

async function runtimeFolder() {
  const command = promisify(execFile);
  const asked = await command(venvBin('jupyter'), ['--runtime-dir'], {
    env: toolEnvironment()
  });
  return asked.stdout.trim();
}

function readServerFile(folder, pid) {
  // The program `jupyter` replaces itself by `jupyter-lab`, so the pid stays.
  const file = join(folder, `jpserver-${pid}.json`);
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  } catch {
    return null; // half written
  }
}

async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** The address to open, once the server answers. */
export async function addressOf(child) {
  const folder = await runtimeFolder();
  let server = null;
  for (;;) {
    server ??= readServerFile(folder, child.pid);
    if (server && (await answers(new URL('api', server.url)))) {
      const query = server.token ? `?token=${server.token}` : '';
      return `${server.url}lab${query}`;
    }
    await sleep(POLL_MS);
  }
}
