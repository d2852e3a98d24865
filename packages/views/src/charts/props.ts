/** What a line chart is given. */
import type { BestPoint, Line } from '@dotscience/core';

export interface ChartLine {
  readonly name: string;
  /** 1 to 8, a colour of the series palette; 0 is grey. */
  readonly colour: number;
  /** Pale ones lie beneath and have no name: what was told, under its smoothed line. */
  readonly look: 'solid' | 'dashed' | 'pale';
  readonly line: Line;
  /** Written at the line's end. */
  readonly end: string | null;
}

/** A part of the x axis that is marked: without values, or run twice. */
export interface Band {
  readonly from: number;
  readonly to: number;
}

export interface Drawing {
  readonly lines: readonly ChartLine[];
  readonly bands: readonly Band[];
  readonly best: BestPoint | null;
  /** What of the x axis is shown; null: all. */
  readonly range: readonly [number, number] | null;
  /** Name of the x axis. */
  readonly unit: string;
  formatX(x: number): string;
}
