// Brings all files into the form that `npm run lint` asks for.
import { spawnSync } from 'node:child_process';

import { toolEnvironment } from './environment.mjs';
import { root } from './paths.mjs';

const commands = [
  ['npx', '--no-install', 'eslint', '--fix', '.'],
  ['npx', '--no-install', 'prettier', '--write', '--log-level', 'warn', '.'],
  ['ruff', 'check', '--fix', '--quiet', '.'],
  ['ruff', 'format', '--quiet', '.']
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
