/** A small line without axes: how a metric went, with what the best reached as a dashed line. */
import { lineOf, type Line, type Series } from '@dotscience/core';
import React from 'react';

const WIDTH = 100;
const HEIGHT = 30;
const PAD = 3;

interface SparklineProps {
  readonly series: Series;
  /** Drawn dashed across: what the best reached. */
  readonly reference?: number | null;
  /** The step at which the run will be over: the line ends before the edge until then. */
  readonly lastStep?: number | null;
  /** What it shows, for screen readers; without it the sparkline is decoration beside its number. */
  readonly label?: string;
}

export function Sparkline(props: SparklineProps): JSX.Element | null {
  const { series, reference = null, lastStep = null, label } = props;
  const line = lineOf(series, 'step');
  const told = line.y.filter(value => value !== null);
  if (told.length < 2) {
    return null;
  }
  const scale = scaleOf(reference === null ? told : [...told, reference]);
  const points = pointsOf(line, lastStep, scale);
  const pieces = piecesOf(points);
  const last = points.filter(point => point !== null).slice(-1)[0];
  const spoken = label
    ? { role: 'img', 'aria-label': label }
    : { 'aria-hidden': true };
  return (
    <svg
      className="ds-Sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      focusable="false"
      {...spoken}
    >
      {reference !== null && (
        <path
          className="ds-Sparkline-best"
          d={`M0 ${scale(reference)}H${WIDTH}`}
        />
      )}
      {pieces.map(piece => (
        <path
          key={`area ${piece[0].x}`}
          className="ds-Sparkline-area"
          d={`${pathOf(piece)}V${HEIGHT}H${piece[0].x}Z`}
        />
      ))}
      {pieces.map(piece => (
        <path
          key={piece[0].x}
          className="ds-Sparkline-line"
          d={pathOf(piece)}
        />
      ))}
      {/* Round whatever the drawing is stretched to: a line of no length with round ends. */}
      <path className="ds-Sparkline-end" d={`M${last.x} ${last.y}h0`} />
    </svg>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function scaleOf(values: readonly number[]): (value: number) => number {
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const size = high - low || 1;
  return value =>
    round(HEIGHT - PAD - ((value - low) / size) * (HEIGHT - 2 * PAD));
}

function pointsOf(
  { x, y }: Line,
  lastStep: number | null,
  scale: (value: number) => number
): (Point | null)[] {
  const span = Math.max(lastStep ?? 0, x[x.length - 1]) - x[0];
  return y.map((value, i) =>
    value === null
      ? null
      : { x: round(((x[i] - x[0]) / span) * WIDTH), y: scale(value) }
  );
}

function piecesOf(points: readonly (Point | null)[]): Point[][] {
  const pieces: Point[][] = [[]];
  for (const point of points) {
    if (point) {
      pieces[pieces.length - 1].push(point);
    } else if (pieces[pieces.length - 1].length > 0) {
      pieces.push([]);
    }
  }
  return pieces.filter(piece => piece.length > 0);
}

const pathOf = (points: readonly Point[]): string =>
  `M${points.map(({ x, y }) => `${x} ${y}`).join('L')}`;

const round = (value: number): number => Math.round(value * 100) / 100;
