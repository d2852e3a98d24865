// Runs one suite and says how it went. A result is
// {suite, passed, failed, skipped, seconds, problems: [text], note}.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { hermeticEnvironment } from '../environment.mjs';
import { inRoot } from '../paths.mjs';
import { run } from '../process.mjs';
import { ensure } from '../setup/install.mjs';
import { MARK, reapLeaks } from './leaks.mjs';
import { inCI, unmet } from './needs.mjs';
import { reports } from './reports.mjs';

const slug = text => text.replace(/\W+/g, '-');

// Short, because Unix sockets below it may have 107 bytes; open to `nobody`,
// as whom the permission tests run.
function makeHome() {
  const home = mkdtempSync(join(tmpdir(), 'ds-'));
  chmodSync(home, 0o755);
  mkdirSync(join(home, 'tmp'));
  chmodSync(join(home, 'tmp'), 0o1777);
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  return home;
}

const suiteEnvironment = (home, mark) =>
  hermeticEnvironment(home, {
    [MARK]: mark,
    TMPDIR: join(home, 'tmp'),
    // Shorter than pytest's own choice: tests put sockets into their folders.
    PYTEST_ADDOPTS: `--basetemp=${join(home, 't')}`,
    XDG_RUNTIME_DIR: join(home, 'run'),
    NO_COLOR: '1'
  });

function count(check, result, reportPath) {
  if (!check.report) {
    const failed = result.code === 0 ? 0 : 1;
    return { passed: 1 - failed, failed, skipped: 0 };
  }
  try {
    return reports[check.report].read(reportPath);
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function explain(check, result, counts, limitSeconds) {
  if (result.timedOut) {
    return `${check.name} was stopped at its suite's limit of ${limitSeconds} s.`;
  }
  if (result.error) {
    return `${check.name} could not be started: ${result.error.message}`;
  }
  if (result.signal) {
    return `${check.name} was killed by ${result.signal}.`;
  }
  if (result.code !== 0 && counts.failed === 0) {
    return `${check.name} ended with status ${result.code}.`;
  }
  if (counts.passed + counts.failed === 0) {
    return `${check.name} ran no test.`;
  }
  return null;
}

// Written in the suite's own folder, so that two `npm test` do not read each other's,
// and kept where a person finds it.
function keepLog(suite, check, log) {
  const kept = inRoot(
    '.cache/test',
    `${slug(suite.name)}-${slug(check.name)}.log`
  );
  mkdirSync(dirname(kept), { recursive: true });
  copyFileSync(log, kept);
}

async function runCheck(suite, check, home, deadline) {
  const { folder, env } = home;
  const log = join(folder, `${slug(check.name)}.log`);
  const reportPath = join(folder, `${slug(check.name)}.report`);
  const told = check.report ? reports[check.report].tell(reportPath) : {};
  const result = await run([...check.argv, ...(told.args ?? [])], {
    cwd: check.cwd,
    env: { ...env, ...told.env },
    log,
    limitMs: Math.max(1, deadline - performance.now())
  });
  keepLog(suite, check, log);
  const counts = count(check, result, reportPath);
  const problem = explain(check, result, counts, suite.minutes * 60);
  if (problem && counts.failed === 0) {
    counts.failed = 1;
    counts.passed = check.report ? counts.passed : 0;
  }
  return {
    ...counts,
    problem,
    output: counts.failed > 0 ? readFileSync(log, 'utf8') : null
  };
}

async function runChecks(suite, home, deadline) {
  const waiting = [...suite.checks];
  const outcomes = [];
  const lane = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      outcomes.push({
        check,
        ...(await runCheck(suite, check, home, deadline))
      });
    }
  };
  await Promise.all(Array.from({ length: suite.parallel ?? 1 }, lane));
  return outcomes;
}

const sum = (outcomes, key) => outcomes.reduce((n, o) => n + o[key], 0);

function describe(outcomes) {
  return outcomes
    .filter(o => o.failed > 0)
    .flatMap(o => [`── ${o.check.name} ──`, o.output, o.problem])
    .filter(Boolean);
}

async function execute(suite, extra) {
  await ensure(suite.setup);
  const folder = makeHome();
  const mark = randomUUID();
  const env = { ...suiteEnvironment(folder, mark), ...extra };
  const deadline = performance.now() + suite.minutes * 60_000;
  try {
    const outcomes = await runChecks(suite, { folder, env }, deadline);
    const leaks = await reapLeaks(mark);
    return {
      passed: sum(outcomes, 'passed'),
      failed: sum(outcomes, 'failed') + (leaks.length > 0 ? 1 : 0),
      skipped: sum(outcomes, 'skipped'),
      problems: [
        ...describe(outcomes),
        ...leaks.map(leak => `Left running: ${leak}`)
      ]
    };
  } finally {
    // Tests make paths longer than one call of the system takes, which Node cannot remove.
    spawnSync('rm', ['-rf', '--', folder]);
  }
}

const notRun = (key, note) => ({
  passed: 0,
  failed: 0,
  skipped: 0,
  [key]: 1,
  problems: key === 'failed' ? [note] : [],
  note
});

async function outcomeOf(suite, extra) {
  const reasons = await unmet(suite.needs);
  if (reasons.length > 0) {
    return notRun(inCI() ? 'failed' : 'skipped', reasons.join('; '));
  }
  try {
    return await execute(suite, extra);
  } catch (error) {
    return notRun('failed', error.message);
  }
}

/** `extra` is added to the environment of the suite's programs. */
export async function runSuite(suite, extra = {}) {
  const started = performance.now();
  const outcome = await outcomeOf(suite, extra);
  const seconds = (performance.now() - started) / 1000;
  return { suite, seconds, ...outcome };
}
