// Brings the named steps up to date, with one line each for what had to be done.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

import { toolEnvironment } from '../environment.mjs';
import { inRoot, root } from '../paths.mjs';
import { run } from '../process.mjs';
import { withLock } from './lock.mjs';
import { hashInputs, isFresh, stamp, unstamp } from './stamps.mjs';
import { steps } from './steps.mjs';

export class SetupError extends Error {}

const seconds = since => ((performance.now() - since) / 1000).toFixed(0);

async function runCommand({ argv, cwd = root, env }, log) {
  const result = await run(argv, { cwd, env: toolEnvironment(env), log });
  if (result.code !== 0) {
    throw new SetupError(
      `${readFileSync(log, 'utf8').trimEnd()}\n\n` +
        `Failed: ${argv.join(' ')}\nLog: ${relative(root, log)}`
    );
  }
}

async function perform(step, hash) {
  const started = performance.now();
  process.stdout.write(`  ${step.title} (about ${step.about}) … `);
  unstamp(step.name);
  try {
    step.before?.();
    for (const command of step.commands()) {
      await runCommand(
        command,
        inRoot('.cache/logs', `setup-${step.name}.log`)
      );
    }
    step.after?.();
  } catch (error) {
    console.log('failed');
    throw error;
  }
  stamp(step.name, hash);
  console.log(`done in ${seconds(started)} s`);
}

/** Throws SetupError, whose message is the failing program's whole output. */
export function ensure(names) {
  return withLock(async () => {
    for (const step of steps.filter(s => names.includes(s.name))) {
      const hash = hashInputs(step.inputs);
      if (!isFresh(step.name, hash, step.outputs)) {
        await perform(step, hash);
      }
    }
  });
}
