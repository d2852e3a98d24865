// Makes the pictures in docs/images from the real example in the real JupyterLab.
import { spawnSync } from 'node:child_process';

import { toolEnvironment } from './environment.mjs';
import { inRoot } from './paths.mjs';
import { ensure } from './setup/install.mjs';

await ensure(['python', 'node', 'extension', 'distribution', 'browser-tests']);
const { status } = spawnSync(
  'npx',
  ['playwright', 'test', '--config', 'playwright.pictures.config.js'],
  { cwd: inRoot('ui-tests'), env: toolEnvironment(), stdio: 'inherit' }
);
process.exitCode = status ?? 1;
