// Rebuilds on every change of TypeScript, styles and schema; reload the browser to see it.
import { spawn } from 'node:child_process';

import { toolEnvironment } from './environment.mjs';
import { root } from './paths.mjs';
import { signalGroup } from './process.mjs';

const options = {
  cwd: root,
  env: toolEnvironment(),
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit']
};
const npx = (...args) => spawn('npx', ['--no-install', ...args], options);
const npmRun = (...args) => spawn('npm', ['run', '--silent', ...args], options);

const children = [
  npx('tsc', '-b', '--watch'),
  npmRun('build:labextension', '--', '--development', '--watch')
];

function end() {
  children.forEach(child => signalGroup(child.pid, 'SIGTERM'));
}

['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(signal => process.once(signal, end));
children.forEach(child => child.once('exit', end));
