// What a machine must have for some suites. Missing programs are installed where that is
// possible; what is still missing then is a failure in CI and a counted skip elsewhere.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

import { inRoot } from '../paths.mjs';
import { run } from '../process.mjs';

export const inCI = () => process.env.CI === 'true' || process.env.CI === '1';

const isRoot = () => process.getuid?.() === 0;

const onPath = program =>
  spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

const program = (name, ...packages) => ({
  ready: () => onPath(name),
  packages: packages.length > 0 ? packages : [name],
  reason: `${name} is not installed`
});

const needs = {
  chromium: {
    ...program('chromium', 'chromium', 'fonts-dejavu-core'),
    ready: () => existsSync(process.env.CHROMIUM ?? '') || onPath('chromium')
  },
  git: program('git'),
  // Elsewhere the test that needs it is skipped, not the suite.
  rsync: { ...program('rsync'), inCIOnly: true },
  unshare: program('unshare', 'util-linux'),
  root: { ready: isRoot, packages: [], reason: 'needs root' },
  fuse: {
    ready: () => existsSync('/dev/fuse'),
    packages: [],
    reason: 'there is no /dev/fuse'
  },
  // For the runner's own tests.
  never: {
    ready: () => false,
    packages: [],
    reason: 'this machine is no moon'
  }
};

async function install(packages) {
  const log = inRoot('.cache/logs/apt.log');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const limits = { env, log, limitMs: 300_000 };
  const apt = ['apt-get', '-y', '--no-install-recommends', 'install'];
  const first = await run([...apt, ...packages], limits);
  if (first.code !== 0) {
    await run(['apt-get', 'update'], limits);
    await run([...apt, ...packages], limits);
  }
}

/** Reasons why the suite cannot run here; empty when it can. */
export async function unmet(names = []) {
  const reasons = [];
  for (const name of names) {
    const need = needs[name];
    if (!need) {
      throw new Error(`scripts/suites/needs.mjs knows no "${name}"`);
    }
    if (!need.ready() && need.packages.length > 0 && isRoot()) {
      await install(need.packages);
    }
    if (!need.ready() && (inCI() || !need.inCIOnly)) {
      reasons.push(need.reason);
    }
  }
  return reasons;
}
