/** The contract of the run card between view and host (docs/formats/run-block.md). */
import type { Directions, RunStore, Series } from '@dotscience/core';

import type { Clock } from '../host/clock';
import type { Trans } from '../host/trans';

/** A key and its text, as they stand in the run block. */
export type CardValue = readonly [key: string, text: string];

/** One run of the card's data; times as the run block has them, null where unknown. */
export interface CardRun {
  readonly id: string;
  readonly description: string | null;
  readonly error: string | null;
  readonly started: string | null;
  readonly ended: string | null;
  readonly parameters: readonly CardValue[];
  readonly metrics: readonly CardValue[];
  readonly labels: readonly CardValue[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Data of `application/vnd.dotscience.run.v1+json`, checked by the host. */
export interface RunCardData {
  readonly runs: readonly CardRun[];
  /** Of the cell; more than `runs` holds when there are many. */
  readonly total: number;
}

export interface RunCardProps {
  readonly data: RunCardData;
  /** What the workspace knows of these runs; without it the card shows the block's text alone. */
  readonly runs?: RunStore | null;
  readonly metric?: string | null;
  readonly directions?: Directions;
  /** Curves of what was wanted, by run. */
  readonly curves?: ReadonlyMap<string, Series | null>;
  /** The curve of this metric of a run is on screen. */
  readonly wantCurve?: (run: string, key: string) => void;
  /** How many files a run wrote and did not declare. */
  readonly undeclared?: (run: string) => number;
  /** Without it there is no button. */
  readonly openRun?: (id: string) => void;
  readonly trans?: Trans;
  readonly clock?: Clock;
}
