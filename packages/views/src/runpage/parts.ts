/** What of a run is fetched beside its detail, each by itself; what was not asked is absent. */
import type {
  CellsAnswer,
  EnvironmentAnswer,
  ErrorBody,
  Series
} from '@dotscience/core';

export type Part<T> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: ErrorBody }
  | { readonly kind: 'ready'; readonly data: T };

/** Which curves are on screen, of which part of the x axis. */
export interface CurvesQuery {
  /** Metrics, or `system/*`. */
  readonly keys: readonly string[];
  readonly axis: 'step' | 'time';
  /** Steps or seconds; null: all. */
  readonly range: readonly [number, number] | null;
  /** The run whose curves of the same keys stand beside; null: none. */
  readonly before: string | null;
}

/** While others are fetched the ones before stay. */
export interface Curves {
  readonly axis: 'step' | 'time';
  readonly own: readonly Series[];
  readonly before: readonly Series[];
}

/** What is held of a log: lines `from` to `from + lines.length` of `total`. */
export interface LogLines {
  readonly lines: readonly string[];
  readonly from: number;
  readonly total: number;
  readonly cut: boolean;
  readonly source: 'stdout' | 'notebook';
}

export interface RunParts {
  /** Every metric with few points: which of them are curves. */
  readonly heads: Part<readonly Series[]>;
  readonly curves: Part<Curves>;
  readonly cells: Part<CellsAnswer>;
  readonly environment: Part<EnvironmentAnswer>;
  readonly log: Part<LogLines>;
}

export const ABSENT = { kind: 'absent' } as const;

export const NO_PARTS: RunParts = {
  heads: ABSENT,
  curves: ABSENT,
  cells: ABSENT,
  environment: ABSENT,
  log: ABSENT
};

export function dataOf<T>(part: Part<T>): T | null {
  return part.kind === 'ready' ? part.data : null;
}
