// Brings files into the form that `npm run lint` asks for: all of them, or
// npm run format -- FILE_OR_FOLDER …
import { spawnSync } from 'node:child_process';

import { toolEnvironment } from './environment.mjs';
import { root } from './paths.mjs';

const named = process.argv.slice(2);
const paths = named.length > 0 ? named : ['.'];

const eslint = [
  'eslint',
  '--fix',
  '--no-warn-ignored',
  '--no-error-on-unmatched-pattern'
];
const prettier = [
  'prettier',
  '--write',
  '--ignore-unknown',
  '--log-level=warn'
];
const commands = [
  [...eslint, ...paths],
  [...prettier, ...paths],
  ['ruff', 'check', '--fix', '--quiet', ...paths],
  ['ruff', 'format', '--quiet', ...paths]
];

const statuses = commands.map(
  ([program, ...args]) =>
    spawnSync(program, args, {
      cwd: root,
      env: toolEnvironment(),
      stdio: 'inherit'
    }).status
);
process.exitCode = statuses.some(status => status !== 0) ? 1 : 0;
