/** Builders of what is fetched beside a run, for tests and the gallery. */
import type {
  CellsAnswer,
  EnvironmentAnswer,
  Execution,
  MediaItem,
  ObservedFile,
  Series
} from '@dotscience/core';

import {
  NO_PARTS,
  type LogLines,
  type Part,
  type RunParts
} from '../runpage/parts';
import { NOW } from './builders';

export const ready = <T>(data: T): Part<T> => ({ kind: 'ready', data });

export const parts = (over: Partial<RunParts> = {}): RunParts => ({
  ...NO_PARTS,
  ...over
});

/** Steps 0, 1, 2 …, a tenth of a second apart. */
export function aSeries(
  key: string,
  values: readonly (number | string | null)[],
  over: Partial<Series> = {}
): Series {
  const numbers = values.filter(value => typeof value === 'number');
  const last = values[values.length - 1] ?? null;
  return {
    key,
    count: values.length,
    sampled: false,
    steps: values.map((_, i) => i),
    seconds: values.map((_, i) => i / 10),
    values: [...values],
    min: numbers.length > 0 ? Math.min(...numbers) : null,
    max: numbers.length > 0 ? Math.max(...numbers) : null,
    last,
    last_text: last === null ? null : String(last),
    last_time: NOW,
    overlaps: [],
    ...over
  };
}

/** The parts of a run whose curves these are. */
export const withCurves = (
  own: readonly Series[],
  before: readonly Series[] = []
): Pick<RunParts, 'heads' | 'curves'> => ({
  heads: ready(own),
  curves: ready({ axis: 'step', own, before })
});

export function anExecution(
  n: number,
  line: string,
  over: Partial<Execution> = {}
): Execution {
  return {
    n,
    cell: `c${n}`,
    position: n,
    hash: `hash-${n}`,
    line,
    lines: 1,
    started: NOW,
    duration_s: 0.1,
    count: n,
    error: null,
    reads: [],
    writes: [],
    runs: [],
    marks: [],
    ...over
  };
}

export function someCells(executions: readonly Execution[]): CellsAnswer {
  return {
    format: 1,
    run: 'run',
    notebook: 'train.ipynb',
    saved: NOW,
    executions: [...executions],
    earlier: 0,
    cells: new Set(executions.map(({ cell }) => cell)).size,
    flagged: executions.filter(({ marks }) => marks.length > 0).length
  };
}

export function anEnvironment(
  over: Partial<EnvironmentAnswer> = {}
): EnvironmentAnswer {
  return {
    format: 1,
    run: 'run',
    python: '3.11.9',
    executable: '/home/ana/work/digits/.venv/bin/python',
    platform: 'Linux-6.1-x86_64',
    host: 'gpu-box-2',
    packages: { numpy: '2.4.1', 'scikit-learn': '1.9.0' },
    origins: {},
    conda: null,
    git: null,
    machine: null,
    container: null,
    seeds: {},
    variables: {},
    meter: null,
    compared: null,
    ...over
  };
}

export function aLog(
  lines: readonly string[],
  over: Partial<LogLines> = {}
): LogLines {
  return {
    lines,
    from: 0,
    total: lines.length,
    cut: false,
    source: 'stdout',
    ...over
  };
}

export function aMedia(n: number, over: Partial<MediaItem> = {}): MediaItem {
  return {
    n,
    key: 'confusion',
    step: n,
    kind: 'image',
    mime: 'image/png',
    size: 12_000,
    caption: null,
    shape: [480, 640, 3],
    time: NOW,
    ...over
  };
}

export function anUndeclared(
  path: ObservedFile['path'],
  over: Partial<ObservedFile> = {}
): ObservedFile {
  return {
    path,
    outside: false,
    mode: 'w',
    by: 'hook',
    cell: null,
    when: 'run',
    size: 2_100,
    ...over
  };
}
