// Removes what builds made; dependencies and stamps of other steps stay.
import { rmSync } from 'node:fs';

import { inRoot } from './paths.mjs';
import { unstamp } from './setup/stamps.mjs';

const BUILT = [
  'lib',
  'packages/core/lib',
  'packages/views/lib',
  'dotscience_server/labextension',
  'dist'
];

BUILT.forEach(path => rmSync(inRoot(path), { recursive: true, force: true }));
unstamp('extension');
