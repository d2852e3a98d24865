// A stamp is the hash of a step's inputs when it last succeeded.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs';
import { join } from 'node:path';

import { inRoot, root } from '../paths.mjs';

const SKIPPED = new Set(['node_modules', 'lib', '__tests__', '__pycache__']);

function* filesBelow(path) {
  if (!existsSync(path)) {
    return;
  }
  if (!statSync(path).isDirectory()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (!SKIPPED.has(name)) {
      yield* filesBelow(join(path, name));
    }
  }
}

// The root takes part: a moved virtual environment does not work.
export function hashInputs(inputs) {
  const hash = createHash('sha256').update(`${root} ${process.version}\0`);
  for (const input of inputs) {
    for (const file of filesBelow(inRoot(input))) {
      hash.update(file).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

const stampFile = name => inRoot('.cache/stamps', name);

export function isFresh(name, hash, outputs) {
  return (
    outputs.every(output => existsSync(inRoot(output))) &&
    existsSync(stampFile(name)) &&
    readFileSync(stampFile(name), 'utf8') === hash
  );
}

export function stamp(name, hash) {
  mkdirSync(inRoot('.cache/stamps'), { recursive: true });
  writeFileSync(stampFile(name), hash);
}

export const unstamp = name => rmSync(stampFile(name), { force: true });
