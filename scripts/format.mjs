// Brings files into the form that `npm run lint` asks for: all of them, or
// npm run format -- FILE_OR_FOLDER …
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';

import { toolEnvironment } from './environment.mjs';
import { root } from './paths.mjs';

const named = process.argv.slice(2);
const paths = named.length > 0 ? named : ['.'];

// Ruff takes any file it is given by name for Python.
const python = paths.filter(
  path => path.endsWith('.py') || statSync(path).isDirectory()
);
const script = paths.filter(path => !path.endsWith('.py'));

const eslint = [
  'eslint',
  '--fix',
  '--no-warn-ignored',
  '--pass-on-no-patterns'
];
const prettier = [
  'prettier',
  '--write',
  '--ignore-unknown',
  '--log-level=warn'
];
const commands = [
  [eslint, script],
  [prettier, script],
  [['ruff', 'check', '--fix', '--quiet'], python],
  [['ruff', 'format', '--quiet'], python]
];

const statuses = commands
  .filter(([, files]) => files.length > 0)
  .map(
    ([[program, ...options], files]) =>
      spawnSync(program, [...options, ...files], {
        cwd: root,
        env: toolEnvironment(),
        stdio: 'inherit'
      }).status
  );
process.exitCode = statuses.some(status => status !== 0) ? 1 : 0;
