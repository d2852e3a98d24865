// Starts JupyterLab and says when it answers, and where.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { toolEnvironment, venvBin } from '../environment.mjs';
import { inRoot } from '../paths.mjs';

const POLL_MS = 100;

export const LOG = inRoot('.cache/logs/jupyter.log');

export const isRoot = () => process.getuid?.() === 0;

export function jupyterArguments(extra) {
  return [
    'lab',
    `--ServerApp.root_dir=${inRoot('examples')}`,
    ...(isRoot() ? ['--allow-root'] : []),
    ...extra
  ];
}

// The examples are a workspace of their own, not a part of the repository they lie in.
export function makeWorkspace() {
  spawnSync(venvBin('ds'), ['init', inRoot('examples')], {
    env: toolEnvironment(),
    stdio: 'ignore'
  });
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

function runtimeFolder() {
  const asked = spawnSync(venvBin('jupyter'), ['--runtime-dir'], {
    env: toolEnvironment(),
    encoding: 'utf8'
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
  const folder = runtimeFolder();
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
