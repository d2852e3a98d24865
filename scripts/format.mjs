// Brings files into the form that `npm run lint` asks for: all of them, or
// npm run format -- FILE_OR_FOLDER …
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import { toolEnvironment } from './environment.mjs';
import { inRoot, root } from './paths.mjs';

const TOOLS = [
  {
    takes: /\.(ts|tsx|js|cjs|mjs)$/,
    argv: ['eslint', '--fix', '--no-warn-ignored']
  },
  {
    takes: /\.(ts|tsx|js|cjs|mjs|json|css)$/,
    argv: ['prettier', '--write', '--log-level=warn']
  },
  { takes: /\.py$/, argv: ['ruff', 'check', '--fix', '--quiet'] },
  { takes: /\.py$/, argv: ['ruff', 'format', '--quiet'] }
];

function run([program, ...args], stdio) {
  return spawnSync(program, args, {
    cwd: root,
    env: toolEnvironment(),
    stdio,
    encoding: 'utf8'
  });
}

function listFiles(paths) {
  const git = ['git', 'ls-files', '-z', '-co', '--exclude-standard', '--'];
  const listed = run([...git, ...paths], 'pipe').stdout.split('\0');
  return listed.filter(file => file && existsSync(inRoot(file)));
}

const files = listFiles(process.argv.slice(2));
const statuses = TOOLS.map(({ takes, argv }) => {
  const taken = files.filter(file => takes.test(file));
  return taken.length > 0 ? run([...argv, ...taken], 'inherit').status : 0;
});
process.exitCode = statuses.some(status => status !== 0) ? 1 : 0;
