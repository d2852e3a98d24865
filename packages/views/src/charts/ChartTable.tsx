/** The points of a chart as a table; what is smoothed is shown as it was told. */
import {
  aligned,
  columnDecimals,
  formatCount,
  formatNumber
} from '@dotscience/core';
import React, { useMemo } from 'react';

import { useTrans } from '../host/trans';
import type { ChartLine } from './props';

const ROWS = 200;

export function ChartTable(props: {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly unit: string;
  readonly range: readonly [number, number] | null;
  formatX(x: number): string;
}): JSX.Element {
  const { title, lines, unit, range, formatX } = props;
  const trans = useTrans();
  const told = useMemo(() => asTold(lines), [lines]);
  const { rows, total } = useMemo(() => rowsOf(told, range), [told, range]);
  const decimals = told.map(({ line }) =>
    columnDecimals(line.y.filter(y => y !== null))
  );
  return (
    <div
      className="ds-Chart-table"
      tabIndex={0}
      role="region"
      aria-label={trans.__('Points of %1', title)}
    >
      <table>
        <thead>
          <tr>
            <th scope="col" className="ds-mod-number">
              {unit}
            </th>
            {told.map(({ name }) => (
              <th key={name} scope="col" className="ds-mod-number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([x, ...values]) => (
            <tr key={x}>
              <th scope="row" className="ds-mod-number">
                {formatX(x ?? 0)}
              </th>
              {values.map((y, i) => (
                <td key={told[i].name} className="ds-mod-number">
                  {typeof y === 'number'
                    ? formatNumber(y, decimals[i])
                    : y === null
                      ? trans.__('missing')
                      : ''}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length < total && (
        <p className="ds-meta">
          {trans.__(
            '%1 of %2 points; zoom in for those between',
            formatCount(rows.length),
            formatCount(total)
          )}
        </p>
      )}
    </div>
  );
}

// A smoothed line has its pale one beneath, of the same name.
function asTold(lines: readonly ChartLine[]): ChartLine[] {
  const pale = new Set(
    lines.filter(({ look }) => look === 'pale').map(({ name }) => name)
  );
  return lines.filter(({ look, name }) => look === 'pale' || !pale.has(name));
}

type Row = readonly [x: number, ...(number | null | undefined)[]];

function rowsOf(
  lines: readonly ChartLine[],
  range: readonly [number, number] | null
): { rows: Row[]; total: number } {
  const [x, ...columns] = aligned(lines.map(({ line }) => line));
  const seen = x
    .map((at, i): Row => [at, ...columns.map(column => column[i])])
    .filter(([at]) => !range || (at >= range[0] && at <= range[1]));
  const stride = Math.max(1, Math.ceil(seen.length / ROWS));
  return {
    rows: seen.filter((_, i) => i % stride === 0 || i === seen.length - 1),
    total: seen.length
  };
}
