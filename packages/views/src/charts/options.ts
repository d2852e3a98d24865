/** Owns how uPlot is set up: our colours and numbers, a cursor shared by charts, zoom by drag. */
import { columnDecimals, formatNumber } from '@dotscience/core';
import type uPlot from 'uplot';

import {
  colourOf,
  drawBands,
  drawBest,
  drawNames,
  roomForNames
} from './marks';
import type { Palette } from './palette';
import type { ChartLine, Drawing } from './props';

export interface Host {
  /** What is drawn now; a chart that grows keeps its plot. */
  drawing(): Drawing;
  readonly colours: Palette;
  /** Charts of one name share their cursor. */
  readonly sync: string;
  onRange(range: readonly [number, number] | null): void;
  /** The cursor stands at this place of the data; null: nowhere. */
  onCursor(index: number | null): void;
}

/** A drag shorter than this is a click. */
const LEAST_DRAG = 6;

export function optionsOf(
  host: Host,
  width: number,
  height: number
): uPlot.Options {
  const { lines } = host.drawing();
  return {
    width,
    height,
    padding: [8, roomForNames(host.drawing(), width), 0, 0],
    legend: { show: false },
    cursor: cursorOf(host),
    scales: scalesOf(host),
    axes: axesOf(host),
    series: [{}, ...lines.map(line => seriesOf(line, host.colours))],
    hooks: {
      drawAxes: [u => drawBands(u, host.drawing().bands, host.colours)],
      draw: [
        u => drawBest(u, host.drawing(), host.colours),
        u => drawNames(u, host.drawing(), host.colours)
      ],
      setCursor: [u => host.onCursor(u.cursor.idx ?? null)],
      setSelect: [u => zoom(u, host)]
    }
  };
}

function zoom(u: uPlot, host: Host): void {
  const { left, width } = u.select;
  if (width >= LEAST_DRAG) {
    host.onRange([u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]);
  }
  if (width > 0) {
    u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }
}

function cursorOf(host: Host): uPlot.Cursor {
  const onlyMoves = (type: string): boolean =>
    type === 'mousemove' || type === 'mouseleave';
  return {
    y: false,
    drag: { x: true, y: false, setScale: false, dist: LEAST_DRAG },
    points: { size: 7, width: 2 },
    bind: {
      dblclick: () => () => {
        host.onRange(null);
        return null;
      }
    },
    sync: {
      key: host.sync,
      setSeries: false,
      scales: ['x', null],
      filters: { pub: onlyMoves, sub: onlyMoves }
    }
  };
}

function scalesOf(host: Host): uPlot.Scales {
  return {
    x: {
      time: false,
      range: (_, min, max) => {
        const [from, to] = host.drawing().range ?? [min ?? 0, max ?? 1];
        return from < to ? [from, to] : [from - 0.5, from + 0.5];
      }
    },
    y: {
      range: (_, min, max) => {
        const low = min ?? 0;
        const high = max ?? 1;
        const pad = (high - low) * 0.06 || Math.abs(high) * 0.05 || 1;
        return [low - pad, high + pad];
      }
    }
  };
}

function axesOf(host: Host): uPlot.Axis[] {
  const { colours } = host;
  const shared: uPlot.Axis = {
    stroke: colours.muted,
    font: `11px ${colours.font}`,
    ticks: { show: false },
    grid: { stroke: colours.line, width: 1 }
  };
  return [
    {
      ...shared,
      grid: { show: false },
      size: 24,
      gap: 4,
      space: 56,
      values: (_, splits) => splits.map(x => host.drawing().formatX(x))
    },
    {
      ...shared,
      gap: 6,
      space: 28,
      size: (_, values) =>
        Math.max(24, ...(values ?? []).map(text => text.length * 6.4)) + 10,
      values: (_, splits) => {
        const decimals = columnDecimals(splits);
        return splits.map(y => formatNumber(y, decimals));
      }
    }
  ];
}

function seriesOf(line: ChartLine, colours: Palette): uPlot.Series {
  const stroke = colourOf(line.colour, colours);
  const told = line.line.y.filter(y => y !== null).length;
  return {
    label: line.name,
    stroke,
    alpha: line.look === 'pale' ? 0.3 : 1,
    width: line.look === 'solid' ? 2 : 1.5,
    dash: line.look === 'dashed' ? [5, 3] : undefined,
    points: { show: told === 1, size: 5, fill: stroke },
    spanGaps: false
  };
}
