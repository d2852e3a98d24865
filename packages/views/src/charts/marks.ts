/**
 * Owns what is drawn over a plot besides its lines: bands, the best point, and the name of each
 * line at its end. All in canvas pixels.
 */
import type uPlot from 'uplot';

import type { Palette } from './palette';
import type { Band, ChartLine, Drawing } from './props';

const SIZE = 11;
const APART = 14;

const px = (value: number): number => value * (window.devicePixelRatio || 1);

export function drawBands(
  u: uPlot,
  bands: readonly Band[],
  colours: Palette
): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.globalAlpha = 0.13;
  ctx.fillStyle = colours.muted;
  for (const { from, to } of bands) {
    const left = Math.max(u.valToPos(from, 'x', true), bbox.left);
    const right = Math.min(u.valToPos(to, 'x', true), bbox.left + bbox.width);
    if (right >= left) {
      ctx.fillRect(left, bbox.top, Math.max(right - left, px(2)), bbox.height);
    }
  }
  ctx.restore();
}

export function drawBest(u: uPlot, drawing: Drawing, colours: Palette): void {
  const { best, lines } = drawing;
  const colour = lines.find(({ look }) => look === 'solid')?.colour ?? 1;
  const { ctx, bbox } = u;
  const x = best ? u.valToPos(best.x, 'x', true) : NaN;
  if (!best || !(x >= bbox.left && x <= bbox.left + bbox.width)) {
    return;
  }
  ctx.save();
  ctx.lineWidth = px(1);
  ctx.strokeStyle = colours.muted;
  ctx.setLineDash([px(3), px(3)]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.lineWidth = px(2);
  ctx.strokeStyle = colourOf(colour, colours);
  ctx.fillStyle = colours.surface;
  ctx.beginPath();
  ctx.arc(x, u.valToPos(best.y, 'y', true), px(3.5), 0, 2 * Math.PI);
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}

/** Room on the right that the names need, in CSS pixels. */
export function roomForNames(drawing: Drawing, width: number): number {
  const longest = Math.max(
    drawing.unit.length,
    ...drawing.lines.map(({ end }) => (end ? end.length + 2 : 0))
  );
  return Math.min(Math.max(longest * 6.4 + 12, 34), width * 0.36);
}

export function drawNames(u: uPlot, drawing: Drawing, colours: Palette): void {
  const { ctx, bbox } = u;
  const left = bbox.left + bbox.width + px(5);
  const room = ctx.canvas.width - left;
  ctx.save();
  // uPlot leaves its own.
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.font = `${px(SIZE)}px ${colours.font}`;
  ctx.fillStyle = colours.muted;
  ctx.fillText(
    cut(ctx, drawing.unit, room),
    left,
    bbox.top + bbox.height + px(10)
  );
  ctx.font = `600 ${px(SIZE)}px ${colours.font}`;
  for (const { line, y } of places(u, drawing.lines)) {
    ctx.strokeStyle = colourOf(line.colour, colours);
    ctx.lineWidth = px(2.5);
    ctx.setLineDash(line.look === 'dashed' ? [px(3), px(2)] : []);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + px(8), y);
    ctx.stroke();
    ctx.fillStyle = colours.text;
    ctx.fillText(cut(ctx, line.end ?? '', room - px(12)), left + px(12), y);
  }
  ctx.restore();
}

interface Place {
  readonly line: ChartLine;
  y: number;
}

// Beside their ends where that is free, else pushed apart: down, and up again from the edge.
function places(u: uPlot, lines: readonly ChartLine[]): Place[] {
  const { top, height } = u.bbox;
  const found = lines.flatMap<Place>(line => {
    const end = line.end === null ? null : lastSeen(u, line);
    return end === null ? [] : [{ line, y: u.valToPos(end, 'y', true) }];
  });
  found.sort((a, b) => a.y - b.y);
  let least = top + px(4);
  for (const place of found) {
    place.y = Math.max(place.y, least);
    least = place.y + px(APART);
  }
  let most = top + height - px(4);
  for (const place of [...found].reverse()) {
    place.y = Math.min(place.y, most);
    most = place.y - px(APART);
  }
  return found;
}

function lastSeen(u: uPlot, { line }: ChartLine): number | null {
  const { min = -Infinity, max = Infinity } = u.scales.x;
  for (let i = line.x.length - 1; i >= 0; i--) {
    const y = line.y[i];
    if (y !== null && line.x[i] <= (max ?? 0) && line.x[i] >= (min ?? 0)) {
      return y;
    }
  }
  return null;
}

export const colourOf = (colour: number, colours: Palette): string =>
  colour === 0 ? colours.muted : colours.series[(colour - 1) % 8];

function cut(
  ctx: CanvasRenderingContext2D,
  text: string,
  width: number
): string {
  let short = text;
  while (short.length > 1 && ctx.measureText(short).width > width) {
    short = `${short.slice(0, -2)}\u2026`;
  }
  return short;
}
