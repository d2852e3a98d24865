// The environment every tool of ours runs in: the venv and node_modules first on the PATH.
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

import { inRoot } from './paths.mjs';

export const venv = inRoot('.venv');
export const venvBin = name => join(venv, 'bin', name);

export function toolEnvironment(extra = {}) {
  const env = {
    ...process.env,
    VIRTUAL_ENV: venv,
    PATH: [venvBin('.'), inRoot('node_modules/.bin'), process.env.PATH].join(
      delimiter
    ),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
    ...extra
  };
  // A foreign PYTHONHOME or PYTHONPATH would mix two Pythons.
  delete env.PYTHONHOME;
  delete env.PYTHONPATH;
  return env;
}

/** Keeps the user's own Jupyter and desktop settings out of the tests. */
export function hermeticEnvironment(folder, extra = {}) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return toolEnvironment({
    PIP_CACHE_DIR: process.env.PIP_CACHE_DIR || join(cache, 'pip'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_STATE_HOME: join(folder, 'state'),
    JUPYTER_CONFIG_DIR: join(folder, 'jupyter-config'),
    JUPYTER_DATA_DIR: join(folder, 'jupyter-data'),
    JUPYTER_RUNTIME_DIR: join(folder, 'jupyter-runtime'),
    IPYTHONDIR: join(folder, 'ipython'),
    ...extra
  });
}
