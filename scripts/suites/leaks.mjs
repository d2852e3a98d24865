// Finds processes that a suite left behind. Each suite's programs carry a mark in their
// environment, which children inherit even when they leave the process group.
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 5_000;
const POLL_MS = 200;

export const MARK = 'DOTSCIENCE_TEST_RUN';

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // gone, or another user's
  }
}

function marked(mark) {
  let pids = [];
  try {
    pids = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  } catch {
    return []; // no /proc on this system
  }
  return pids
    .map(Number)
    .filter(pid => pid !== process.pid)
    .filter(pid =>
      read(pid, 'environ').split('\0').includes(`${MARK}=${mark}`)
    );
}

const describe = pid =>
  `${pid} ${read(pid, 'cmdline').replaceAll('\0', ' ').trim()}`;

/** Waits a little for the suite's processes to end, then kills the rest and names them. */
export async function reapLeaks(mark) {
  const until = Date.now() + GRACE_MS;
  let left = marked(mark);
  while (left.length > 0 && Date.now() < until) {
    await sleep(POLL_MS);
    left = marked(mark);
  }
  const described = left.map(describe);
  left.forEach(pid => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // ended by itself meanwhile
    }
  });
  return described;
}
