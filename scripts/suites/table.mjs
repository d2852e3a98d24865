// Every suite of `npm test`. Adding one is an entry here: see docs/DEVELOPING.md.
//
//   minutes  time limit of the whole suite; all of them together stay within TOTAL_MINUTES
//   setup    steps of scripts/setup/steps.mjs that must stand
//   needs    what the machine must have, of needs.mjs
//   checks   programs to run; each counts as one test, or as many as its report says
//   parallel how many checks run at a time, 1 unless said
//   quick    part of `npm run check`
import { inRoot } from '../paths.mjs';

export const TOTAL_MINUTES = 89;

/** Set-up counts too: on a fresh machine everything is installed first. */
export const SETUP_MINUTES = 10;

const node = (script, ...args) => ['node', inRoot(script), ...args];
const jest = node('node_modules/jest/bin/jest.js', '--ci');
const tsc = node('node_modules/typescript/bin/tsc');

// Warnings fail too: a warning that stays is one that nobody reads.
const eslint = node(
  'node_modules/eslint/bin/eslint.js',
  '.',
  '--max-warnings=0'
);

const pytest = (...args) => ({
  name: 'pytest',
  report: 'junit',
  argv: [...'python -m pytest -q --durations=10'.split(' '), ...args]
});

const PYTHON_AND_NODE = ['python', 'node', 'distribution'];
const ALL = ['python', 'node', 'extension', 'distribution'];

export const suites = [
  {
    name: 'lint',
    minutes: 3,
    setup: PYTHON_AND_NODE,
    parallel: 2,
    quick: true,
    checks: [
      {
        name: 'eslint',
        argv: [...eslint, '--cache', '--cache-location', '.cache/eslint']
      },
      {
        name: 'prettier',
        argv: node('node_modules/prettier/bin/prettier.cjs', '--check', '.')
      },
      { name: 'ruff', argv: ['ruff', 'check', '.'] },
      { name: 'ruff format', argv: ['ruff', 'format', '--check', '.'] },
      { name: 'python imports', argv: ['lint-imports', '--no-cache'] },
      {
        name: 'library imports',
        argv: ['python', 'scripts/lint/library_imports.py']
      },
      {
        name: 'library runs on 3.8',
        argv: ['python', 'scripts/lint/library_syntax.py']
      },
      {
        name: 'generated files',
        argv: node('scripts/generate.mjs', '--check')
      }
    ]
  },
  {
    name: 'types',
    minutes: 4,
    setup: [...PYTHON_AND_NODE, 'browser-tests'],
    parallel: 2,
    quick: true,
    checks: [
      { name: 'mypy', argv: ['mypy'] },
      { name: 'tsc', argv: [...tsc, '-b'] },
      { name: 'tsc tests', argv: [...tsc, '-p', 'tsconfig.test.json'] },
      { name: 'tsc browser tests', argv: [...tsc, '-p', 'ui-tests'] }
    ]
  },
  {
    name: 'jest',
    minutes: 3,
    setup: ['node'],
    quick: true,
    checks: [{ name: 'jest', report: 'jest', argv: jest }]
  },
  {
    name: 'pytest',
    minutes: 7,
    setup: PYTHON_AND_NODE,
    needs: ['git', 'btrfs', 'xfs'],
    quick: true,
    checks: [pytest('-n', 'auto')]
  },
  {
    name: 'faults',
    minutes: 21,
    setup: ALL,
    needs: ['git', 'rsync', 'unshare', 'btrfs', 'xfs', 'zfs-fuse', 'sshd'],
    // The slow ones wait more than they compute; what breaks things and what measures runs alone.
    checks: [
      {
        ...pytest(
          '-m',
          'slow and not fault and not openzfs',
          '-n',
          '2',
          '--dist',
          'loadfile'
        ),
        name: 'slow'
      },
      { ...pytest('-m', 'fault and not openzfs'), name: 'fault' }
    ]
  },
  {
    name: 'openzfs',
    minutes: 12,
    setup: ['python', 'distribution'],
    needs: ['openzfs'],
    // In a virtual machine without KVM: everything there takes 5 to 20 times as long.
    checks: [
      {
        name: 'pytest',
        report: 'junit',
        argv: ['python', 'scripts/openzfs.py']
      }
    ]
  },
  {
    name: 'examples',
    minutes: 3,
    setup: PYTHON_AND_NODE,
    needs: ['git'],
    checks: [pytest('-m', 'examples')]
  },
  {
    name: 'integrations',
    minutes: 6,
    setup: [...PYTHON_AND_NODE, 'integrations'],
    needs: ['unshare'],
    checks: [pytest('-m', 'integrations', '-n', '2')]
  },
  {
    name: 'packaging',
    minutes: 4,
    setup: ALL,
    checks: [pytest('-m', 'packaging', 'tests/packaging')]
  },
  {
    name: 'browser',
    minutes: 15,
    setup: [...ALL, 'browser-tests'],
    needs: ['chromium', 'git'],
    checks: [
      {
        name: 'playwright',
        report: 'playwright',
        cwd: inRoot('ui-tests'),
        argv: node('ui-tests/node_modules/@playwright/test/cli.js', 'test')
      }
    ]
  }
];

const declared = suites.reduce((sum, s) => sum + s.minutes, SETUP_MINUTES);
if (declared > TOTAL_MINUTES) {
  throw new Error(
    `The suites' time limits add up to ${declared} minutes, ${TOTAL_MINUTES} are allowed.`
  );
}
