// Writes what is generated from protocol/; with --check only says what is stale.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import prettier from 'prettier';

import { errorsPython, errorsTypeScript } from './generate/errors.mjs';
import { typesTypeScript } from './generate/types.mjs';
import { inRoot } from './paths.mjs';

const targets = [
  { path: 'packages/core/src/protocol/types.ts', make: typesTypeScript },
  { path: 'packages/core/src/protocol/errors.ts', make: errorsTypeScript },
  { path: 'dotscience_server/protocol/errors.py', make: errorsPython }
];

async function format(path, text) {
  if (!path.endsWith('.ts')) {
    return text;
  }
  const options = await prettier.resolveConfig(inRoot(path));
  return prettier.format(text, { ...options, filepath: path });
}

function current(path) {
  try {
    return readFileSync(inRoot(path), 'utf8');
  } catch {
    return null;
  }
}

function write(path, text) {
  mkdirSync(dirname(inRoot(path)), { recursive: true });
  writeFileSync(inRoot(path), text);
}

const check = process.argv.includes('--check');
const stale = [];
for (const { path, make } of targets) {
  const text = await format(path, await make());
  if (text === current(path)) {
    continue;
  }
  stale.push(path);
  if (!check) {
    write(path, text);
  }
}

if (check && stale.length > 0) {
  console.error(`Stale, run \`npm run generate\`:\n  ${stale.join('\n  ')}`);
  process.exit(1);
}
console.log(stale.length ? `Wrote ${stale.join(', ')}` : 'Up to date');
