// Runs child processes in a group of their own, so that a time limit or Ctrl+C ends all of them.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import { root } from './paths.mjs';

const KILL_AFTER_MS = 5_000;

const running = new Set();

/** Signals the whole process group; a group that is gone is no error. */
export function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Asks the group to end and forces it after a while. */
export function endGroup(pid) {
  signalGroup(pid, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), KILL_AFTER_MS);
  timer.unref();
}

export const endAll = () => running.forEach(endGroup);

/**
 * Runs `argv` to its end, stdin closed, output in the file `log`.
 * Never throws: a program that cannot be started has code 127.
 */
export function run(
  argv,
  { cwd = root, env = process.env, log, limitMs } = {}
) {
  mkdirSync(dirname(log), { recursive: true });
  const out = openSync(log, 'w');
  const started = performance.now();
  return new Promise(resolve => {
    const child = spawn(argv[0], argv.slice(1), {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', out, out]
    });
    let timedOut = false;
    const timer =
      limitMs &&
      setTimeout(() => {
        timedOut = true;
        endGroup(child.pid);
      }, limitMs);
    const finish = (code, signal, error) => {
      clearTimeout(timer);
      running.delete(child.pid);
      closeSync(out);
      resolve({
        code: code ?? (signal ? 1 : 127),
        signal,
        error,
        timedOut,
        seconds: (performance.now() - started) / 1000
      });
    };
    child.on('error', error => finish(null, null, error));
    child.on('exit', (code, signal) => {
      // Children that outlive their parent keep the ports and the disk busy.
      signalGroup(child.pid, 'SIGKILL');
      finish(code, signal);
    });
    if (child.pid) {
      running.add(child.pid);
    }
  });
}
