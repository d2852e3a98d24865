/** A chart of lines: an image with a sentence for who cannot see it, its values at the cursor, and as a table. */
import { formatNumber, type BestPoint } from '@dotscience/core';
import React, { useCallback, useId, useMemo, useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { ChartTable } from './ChartTable';
import { Plot } from './Plot';
import type { Band, ChartLine, Drawing } from './props';

export interface LineChartProps {
  readonly title: string;
  /** What the chart shows, for screen readers. */
  readonly sentence: string;
  readonly lines: readonly ChartLine[];
  readonly bands?: readonly Band[];
  readonly best?: BestPoint | null;
  readonly range?: readonly [number, number] | null;
  readonly unit: string;
  readonly height?: number;
  /** Charts of one name share their cursor. */
  readonly sync: string;
  formatX(x: number): string;
  onRange?(range: readonly [number, number] | null): void;
  /** What is missing, doubtful or left out: one line each. */
  readonly notes?: readonly string[];
}

const NO_BANDS: readonly Band[] = [];

export function LineChart(props: LineChartProps): JSX.Element {
  const { title, lines, unit, range = null, formatX, onRange } = props;
  const { bands = NO_BANDS, best = null } = props;
  const trans = useTrans();
  const id = useId();
  const [at, setAt] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const drawing = useMemo<Drawing>(
    () => ({ lines, bands, best, range, unit, formatX }),
    [lines, bands, best, range, unit, formatX]
  );
  const zoom = useCallback(
    (to: readonly [number, number] | null) => onRange?.(to),
    [onRange]
  );
  return (
    <figure className="ds-Chart" aria-labelledby={id}>
      <figcaption className="ds-Chart-head">
        <span className="ds-Chart-title" id={id} title={title}>
          {title}
        </span>
        <Readout lines={lines} at={at} formatX={formatX} unit={unit} />
      </figcaption>
      <div role="img" aria-label={props.sentence}>
        <Plot
          drawing={drawing}
          sync={props.sync}
          height={props.height ?? 168}
          onRange={zoom}
          onCursor={setAt}
        />
      </div>
      <div className="ds-Chart-foot">
        {props.notes?.map(note => (
          <span key={note} className="ds-meta">
            {note}
          </span>
        ))}
        <Button
          look="link"
          label={
            asTable
              ? trans.__('Hide the table of %1', title)
              : trans.__('Show %1 as table', title)
          }
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? trans.__('Hide table') : trans.__('Show as table')}
        </Button>
      </div>
      {asTable && (
        <ChartTable
          title={title}
          lines={lines}
          unit={unit}
          range={range}
          formatX={formatX}
        />
      )}
    </figure>
  );
}

function Readout(props: {
  readonly lines: readonly ChartLine[];
  readonly at: number | null;
  readonly unit: string;
  formatX(x: number): string;
}): JSX.Element | null {
  const { lines, at, unit, formatX } = props;
  if (at === null) {
    return null;
  }
  return (
    <span className="ds-Chart-readout" aria-hidden>
      {unit} {formatX(at)}
      {lines
        .filter(({ look }) => look !== 'pale')
        .map(line => ({ line, y: line.line.y[line.line.x.indexOf(at)] }))
        .filter(({ y }) => typeof y === 'number')
        .map(({ line, y }) => (
          <span key={line.name} className={`ds-mod-series-${line.colour}`}>
            {lines.length > 1 ? `${line.name} ` : ''}
            <b>{formatNumber(y ?? 0)}</b>
          </span>
        ))}
    </span>
  );
}
