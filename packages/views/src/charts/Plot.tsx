/**
 * Owns one uPlot: made when the element is there, given new points as they come, made anew where
 * its lines, its unit or the theme change.
 */
import { aligned } from '@dotscience/core';
import React, { useEffect, useLayoutEffect, useRef } from 'react';
import uPlot from 'uplot';

import { optionsOf } from './options';
import { readPalette, useTheme } from './palette';
import type { Drawing } from './props';

interface PlotProps {
  readonly drawing: Drawing;
  readonly sync: string;
  readonly height: number;
  onRange(range: readonly [number, number] | null): void;
  /** The x at the cursor, null where it is nowhere. */
  onCursor(x: number | null): void;
}

const FALLBACK_WIDTH = 320;

export function Plot(props: PlotProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const now = useRef(props);
  now.current = props;
  const theme = useTheme();
  const { drawing, sync, height } = props;
  const structure = structureOf(drawing);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const made = new uPlot(
      optionsOf(
        {
          drawing: () => now.current.drawing,
          colours: readPalette(element),
          sync,
          onRange: range => now.current.onRange(range),
          onCursor: index =>
            now.current.onCursor(
              index === null ? null : (plot.current?.data[0][index] ?? null)
            )
        },
        element.clientWidth || FALLBACK_WIDTH,
        height
      ),
      dataOf(now.current.drawing),
      element
    );
    plot.current = made;
    const observer = followWidth(element, made, height);
    return () => {
      observer?.disconnect();
      plot.current = null;
      made.destroy();
    };
  }, [structure, sync, height, theme]);

  useEffect(() => plot.current?.setData(dataOf(drawing)), [drawing]);

  return <div className="ds-Plot" ref={box} style={{ height }} />;
}

const dataOf = ({ lines }: Drawing): uPlot.AlignedData =>
  aligned(lines.map(({ line }) => line));

// Points and the range may change without a new plot.
function structureOf({ lines, unit }: Drawing): string {
  return JSON.stringify([
    unit,
    lines.map(({ name, colour, look, end }) => [
      name,
      colour,
      look,
      end?.length
    ])
  ]);
}

function followWidth(
  element: HTMLElement,
  plot: uPlot,
  height: number
): ResizeObserver | null {
  if (typeof ResizeObserver === 'undefined') {
    return null;
  }
  const observer = new ResizeObserver(() => {
    const width = element.clientWidth;
    if (width > 0 && width !== plot.width) {
      plot.setSize({ width, height });
    }
  });
  observer.observe(element);
  return observer;
}
