// What a machine must have for some suites. Missing programs are installed where that is
// possible; what is still missing then is a failure in CI and a counted skip elsewhere.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { inRoot } from '../paths.mjs';
import { run } from '../process.mjs';

export const inCI = () => process.env.CI === 'true' || process.env.CI === '1';

const isRoot = () => process.getuid?.() === 0;

// Programs of the administrator are not on everybody's path.
const onPath = program =>
  spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`])
    .status === 0;

const openzfs =
  process.env.DOTSCIENCE_OPENZFS || inRoot('..', 'shared', 'openzfs');

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
  btrfs: { ...program('mkfs.btrfs', 'btrfs-progs'), inCIOnly: true },
  xfs: { ...program('mkfs.xfs', 'xfsprogs'), inCIOnly: true },
  'zfs-fuse': { ...program('zfs-fuse'), inCIOnly: true },
  sshd: { ...program('sshd', 'openssh-server', 'iproute2'), inCIOnly: true },
  openzfs: {
    ready: () =>
      existsSync(join(openzfs, 'run-openzfs')) &&
      (isRoot() || onPath('qemu-system-x86_64')),
    packages: [],
    reason: `no virtual machine with OpenZFS: there is no ${openzfs} (DOTSCIENCE_OPENZFS names another place), or no QEMU and only root may install it`
  },
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
