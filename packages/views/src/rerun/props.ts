/** The contract of repeating a run between view and host. */
import type { Rerun, Verdict } from '@dotscience/core';

import type { Part } from '../runpage/parts';

export interface RerunModel {
  /** What running it again would do; absent until somebody wants to know. */
  readonly plan: Part<Rerun>;
  /** Of a run that repeats another one. */
  readonly verdict: Part<Verdict>;
  /** Whether the form is open. */
  readonly asks?: boolean;
}

export interface RerunCallbacks {
  /** Opens or closes the form. */
  ask(open: boolean): void;
  /** Looks anew at what it would do. */
  look(): void;
  /** Resolves when it has begun, and rejects never: a refusal is told by the host. */
  start(environment: 'current' | 'rebuild'): Promise<void>;
  openRun(id: string): void;
}
