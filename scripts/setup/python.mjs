// Finds a Python and makes the virtual environment, also where Debian left out python3-venv.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';

import { venv, venvBin } from '../environment.mjs';

const CANDIDATES = [
  'python3',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10'
];
const NEW_ENOUGH = 'import sys; sys.exit(sys.version_info < (3, 10))';

const succeeds = (program, args) =>
  spawnSync(program, args, { stdio: 'ignore' }).status === 0;

export function findPython() {
  const named = process.env.PYTHON ? [process.env.PYTHON] : CANDIDATES;
  const found = named.find(p => succeeds(p, ['-c', NEW_ENOUGH]));
  if (!found) {
    throw new Error(
      `Needs Python 3.10 or newer, looked for ${named.join(', ')}.\n` +
        'Install it (on Debian: apt install python3 python3-venv) or set PYTHON to its path.'
    );
  }
  return found;
}

const MAKERS = [
  python => [python, '-m', 'venv', venv],
  python => [python, '-m', 'virtualenv', '-q', venv],
  python => ['virtualenv', '-q', '-p', python, venv],
  python => ['uv', 'venv', '-q', '--seed', '--python', python, venv]
];

export const venvWorks = () =>
  existsSync(venvBin('python')) &&
  succeeds(venvBin('python'), ['-m', 'pip', '--version']);

export function makeVenv() {
  if (venvWorks()) {
    return;
  }
  const python = findPython();
  for (const maker of MAKERS) {
    rmSync(venv, { recursive: true, force: true });
    const [program, ...args] = maker(python);
    if (succeeds(program, args) && venvWorks()) {
      return;
    }
  }
  rmSync(venv, { recursive: true, force: true });
  throw new Error(
    `${python} cannot make a virtual environment.\n` +
      'On Debian and Ubuntu the part for it is a package of its own:\n' +
      '  sudo apt install python3-venv\n' +
      '`virtualenv` or `uv` on the PATH would do as well. Then run this again.'
  );
}
