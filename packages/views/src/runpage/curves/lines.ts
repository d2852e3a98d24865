/** Owns which lines a chart of a run has, in which colours, and what it says about itself. */
import {
  bestPoint,
  formatCount,
  formatNumber,
  gapsOf,
  lineOf,
  smoothed,
  type Axis,
  type BestPoint,
  type ChartGroup,
  type Direction,
  type Series,
  type Span
} from '@dotscience/core';

import type { ChartLine } from '../../charts/props';
import type { Trans } from '../../host/trans';

/** Orange is the other run's, so a run's own curves leave it out. */
const OWN = [1, 3, 4, 5, 6, 7, 8];
const BEFORE = 2;

export interface ChartData {
  readonly lines: readonly ChartLine[];
  readonly bands: readonly Span[];
  readonly best: BestPoint | null;
  readonly sentence: string;
  readonly notes: readonly string[];
}

interface Given {
  readonly group: ChartGroup;
  readonly own: readonly Series[];
  readonly before: readonly Series[];
  readonly axis: Axis;
  /** 0 to 0.99. */
  readonly smoothing: number;
  readonly direction: Direction;
}

/** Null while none of the group's curves is there. */
export function chartData(given: Given, trans: Trans): ChartData | null {
  const { group, axis, direction } = given;
  const own = group.members.flatMap(({ key, name }, i) => {
    const series = given.own.find(one => one.key === key);
    return series ? [{ series, name, colour: OWN[i % OWN.length] }] : [];
  });
  if (own.length === 0) {
    return null;
  }
  const before = given.before.find(({ key }) => key === own[0].series.key);
  const lines = [
    ...(before ? [beforeLine(before, given, trans)] : []),
    ...own.flatMap(one =>
      ownLines(one, given, own.length > 1 ? one.name : null)
    )
  ];
  const best = bestPoint(lineOf(own[0].series, axis), direction);
  const series = own.map(one => one.series);
  return {
    lines,
    bands: axis === 'step' ? bandsOf(series) : [],
    best,
    sentence: sentenceOf(series, best, given, trans),
    notes: series.flatMap(one => notesOf(one, series.length > 1, trans))
  };
}

function beforeLine(series: Series, given: Given, trans: Trans): ChartLine {
  const line = lineOf(series, given.axis);
  return {
    name: trans.__('best before'),
    colour: BEFORE,
    look: 'dashed',
    line: { x: line.x, y: smoothed(line.y, given.smoothing) },
    end: trans.__('best before')
  };
}

function ownLines(
  one: { series: Series; name: string; colour: number },
  { axis, smoothing }: Given,
  end: string | null
): ChartLine[] {
  const line = lineOf(one.series, axis);
  const { name, colour } = one;
  const last = one.series.last;
  const written =
    end ?? (typeof last === 'number' ? formatNumber(last) : String(last ?? ''));
  const shown: ChartLine = {
    name,
    colour,
    look: OWN.indexOf(colour) >= 5 ? 'dashed' : 'solid',
    line: { x: line.x, y: smoothed(line.y, smoothing) },
    end: written
  };
  return smoothing > 0
    ? [{ name, colour, look: 'pale', line, end: null }, shown]
    : [shown];
}

const bandsOf = (series: readonly Series[]): Span[] =>
  series.flatMap(one => [
    ...gapsOf(one),
    ...one.overlaps.map(([from, to]) => ({ from, to }))
  ]);

const SPANS = 3;

function notesOf(series: Series, several: boolean, trans: Trans): string[] {
  const gaps = gapsOf(series);
  const notes = [
    ...gaps
      .slice(0, SPANS)
      .map(({ from, to }) =>
        from === to
          ? trans.__('Point %1 missing', from)
          : trans.__('Points %1 to %2 missing', from, to)
      ),
    ...(gaps.length > SPANS
      ? [
          trans._n(
            '%2 more gap',
            '%2 more gaps',
            gaps.length - SPANS,
            formatCount(gaps.length - SPANS)
          )
        ]
      : []),
    ...series.overlaps
      .slice(0, SPANS)
      .map(([from, to]) =>
        trans.__(
          'Resumed: steps %1 to %2 ran twice, the later are shown',
          from,
          to
        )
      ),
    ...(series.sampled
      ? [
          trans.__(
            '%1 of %2 points',
            formatCount(series.steps.length),
            formatCount(series.count)
          )
        ]
      : [])
  ];
  return several ? notes.map(note => `${series.key}: ${note}`) : notes;
}

function sentenceOf(
  series: readonly Series[],
  best: BestPoint | null,
  { axis }: Given,
  trans: Trans
): string {
  const [first] = series;
  const { y } = lineOf(first, axis);
  const told = y.filter(value => value !== null);
  if (told.length === 0) {
    return trans.__('%1 has no value that can be drawn.', first.key);
  }
  const points = trans._n(
    '%2 has %3 point, from %4 to %5.',
    '%2 has %3 points, from %4 to %5.',
    first.count,
    first.key,
    formatCount(first.count),
    formatNumber(told[0]),
    formatNumber(told[told.length - 1])
  );
  const bestWords =
    best &&
    (axis === 'step'
      ? trans.__('Best %1 at step %2.', formatNumber(best.y), best.x)
      : trans.__('Best %1.', formatNumber(best.y)));
  const others = series.slice(1).map(({ key }) => key);
  return [
    points,
    bestWords,
    others.length > 0 && trans.__('Beside it: %1.', others.join(', '))
  ]
    .filter(Boolean)
    .join(' ');
}
