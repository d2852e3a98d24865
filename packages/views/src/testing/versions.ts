/** Builders of a file's versions and of acts, for tests and the gallery. */
import type {
  ErrorBody,
  JobResult,
  Version,
  VersionRun,
  Versions
} from '@dotscience/core';

import type { Act } from '../bringing/props';
import { NOW } from './builders';

export const aVersionRun = (over: Partial<VersionRun> = {}): VersionRun => ({
  run: '7f3a9c1e-52d4-4b0e-9a61-0c8f27d1b3aa',
  title: 'MLP 128-64, alpha 1e-4',
  time: NOW,
  role: 'output',
  repeats: null,
  ...over
});

export function aVersion(n: number, over: Partial<Version> = {}): Version {
  const digit = String(n % 10);
  return {
    content: `x${digit.repeat(64)}`,
    size: 1_000 * (n + 1),
    mtime_ns: '1795268531000000000',
    state: 'kept',
    ref: `${String(n).padStart(8, '0')}-52d4-4b0e-9a61-0c8f27d1b3aa`,
    snapshot: digit.repeat(64),
    time: `2026-11-${String(21 - (n % 20)).padStart(2, '0')}T13:0${digit}:00.000000Z`,
    runs: [aVersionRun()],
    run_count: 1,
    ...over
  };
}

export function someVersions(
  versions: readonly Version[],
  over: Partial<Versions> = {}
): Versions {
  return {
    path: 'data/train.csv',
    kind: 'file',
    now: { size: 1_000, mtime_ns: '1795268531000000000', version: 0 },
    versions: [...versions],
    cut: false,
    ...over
  };
}

export const aResult = (over: Partial<JobResult> = {}): JobResult => ({
  snapshot: '3be1c07'.padEnd(64, '0'),
  path: null,
  api_path: null,
  message: null,
  restored: 1,
  unchanged: 0,
  not_kept: [],
  ...over
});

export const anAct = (over: Partial<Act> = {}): Act => ({
  id: 'act-1',
  kind: 'bring',
  paths: ['data/train.csv'],
  name: null,
  state: { kind: 'done', result: aResult() },
  undoes: ['data/train.csv'],
  ...over
});

export const anError = (over: Partial<ErrorBody> = {}): ErrorBody => ({
  code: 'restore-refused',
  message: 'data/train.csv cannot be brought back: a folder is in its place.',
  kept: 'Everything that is there.',
  next: 'Restore into a side folder instead.',
  retryable: false,
  ...over
});
