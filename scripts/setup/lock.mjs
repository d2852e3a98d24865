// One set-up at a time in this folder: a second waits, a dead one's lock is taken over.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { inRoot } from '../paths.mjs';

const LOCK = inRoot('.cache/setup.lock');

function take() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function holderAlive() {
  try {
    process.kill(Number(readFileSync(LOCK, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

export async function withLock(work) {
  mkdirSync(inRoot('.cache'), { recursive: true });
  let told = false;
  while (!take()) {
    if (!holderAlive()) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!told) {
      console.log('Another set-up is going on in this folder, waiting for it.');
      told = true;
    }
    await sleep(300);
  }
  try {
    return await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}
