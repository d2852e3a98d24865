// What has to stand before anything runs. A step is done again when its inputs changed
// or an output is missing. Order matters: each may use those above it.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';

import { venvBin } from '../environment.mjs';
import { inRoot } from '../paths.mjs';
import { makeVenv } from './python.mjs';

const NPM_QUIET = ['--no-progress', '--no-fund', '--no-audit'];
const PIP = [
  venvBin('python'),
  '-m',
  'pip',
  'install',
  '--quiet',
  '--no-input'
];

// `npm ci` empties node_modules first, which pulls it from under whoever is using it.
const npmInstall = folder => [
  'npm',
  existsSync(inRoot(folder, 'node_modules')) ? 'install' : 'ci',
  ...NPM_QUIET
];

const LABEXTENSION = 'dotscience_server/labextension';
const LINK = '.venv/share/jupyter/labextensions/jupyterlab-dotscience';

// pip would write, and when it replaces the package delete, through the link into the built
// extension. The Python build refuses to go on without that folder, even when told not to fill it.
function unlinkExtension() {
  rmSync(inRoot(LINK), { recursive: true, force: true });
  rmSync(inRoot(LABEXTENSION, 'install.json'), { force: true });
  mkdirSync(inRoot(LABEXTENSION), { recursive: true });
}

// `pip install -e` copies the extension; the link makes every later build visible.
function linkExtension() {
  rmSync(inRoot(LINK), { recursive: true, force: true });
  mkdirSync(inRoot(LINK, '..'), { recursive: true });
  symlinkSync(inRoot(LABEXTENSION), inRoot(LINK));
}

export const steps = [
  {
    name: 'python',
    title: 'Python environment',
    about: '1 minute',
    inputs: ['requirements-dev.txt'],
    outputs: ['.venv/bin/python', '.venv/bin/jupyter'],
    before: makeVenv,
    commands: () => [{ argv: [...PIP, '-r', 'requirements-dev.txt'] }]
  },
  {
    name: 'node',
    title: 'Node packages',
    about: '1 minute',
    inputs: [
      'package-lock.json',
      '.npmrc',
      'package.json',
      'packages/core/package.json',
      'packages/views/package.json'
    ],
    outputs: ['node_modules/.package-lock.json'],
    commands: () => [{ argv: npmInstall('.') }]
  },
  {
    name: 'extension',
    title: 'JupyterLab extension',
    about: '10 seconds',
    inputs: [
      'package-lock.json',
      'package.json',
      'packages',
      'schema',
      'src',
      'style',
      'tsconfig.base.json',
      'tsconfig.json'
    ],
    outputs: [`${LABEXTENSION}/package.json`],
    commands: () => [{ argv: ['npm', 'run', '--silent', 'build'] }]
  },
  {
    name: 'distribution',
    title: 'Python packages of ours',
    about: '5 seconds',
    inputs: [
      'package.json',
      'pyproject.toml',
      'install.json',
      'jupyter-config'
    ],
    outputs: ['.venv/bin/ds', LINK],
    before: unlinkExtension,
    commands: () => [
      {
        argv: [...PIP, '--no-deps', '--no-build-isolation', '-e', '.'],
        env: { SKIP_JUPYTER_BUILDER: '1' }
      }
    ],
    after: linkExtension
  },
  {
    name: 'browser-tests',
    title: 'Browser test tools',
    about: '1 minute',
    inputs: [
      'ui-tests/package.json',
      'ui-tests/package-lock.json',
      'ui-tests/.npmrc'
    ],
    outputs: ['ui-tests/node_modules/.package-lock.json'],
    commands: () => [{ argv: npmInstall('ui-tests'), cwd: inRoot('ui-tests') }]
  },
  {
    name: 'integrations',
    title: 'Libraries that integrations are tested with',
    about: '3 minutes',
    inputs: [
      'scripts/setup/integrations.py',
      'tests/integrations/requirements'
    ],
    outputs: [
      'autolog',
      'hf-xet-1.6.0',
      'hf-xet-1.7.0',
      'observe',
      'trackers',
      'uv'
    ].map(name => `.cache/integrations/${name}/complete`),
    commands: () => [
      { argv: [venvBin('python'), 'scripts/setup/integrations.py'] }
    ]
  }
];

export const TO_START = ['python', 'node', 'extension', 'distribution'];
