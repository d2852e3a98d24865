/** The first rows of a table. */
import { formatCount } from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../../host/trans';
import type { TableData } from './table';

export function TableView(props: {
  readonly table: TableData;
  readonly label: string;
  /** Added to the facts below. */
  readonly note?: string | null;
}): JSX.Element {
  const { table, label, note } = props;
  const { columns, rows } = table;
  const trans = useTrans();
  return (
    <>
      <div
        className="ds-Preview-table"
        tabIndex={0}
        role="region"
        aria-label={label}
      >
        <table>
          <thead>
            <tr>
              {columns.map(({ name, type, numeric }, i) => (
                <th
                  key={i}
                  scope="col"
                  className={numeric ? 'ds-mod-number' : undefined}
                  title={type === null ? name : `${name}: ${type}`}
                >
                  <span>{name}</span>
                  {type !== null && (
                    <span className="ds-Preview-type">{type}</span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {columns.map(({ numeric }, j) => (
                  <td
                    key={j}
                    className={numeric ? 'ds-mod-number' : undefined}
                    title={longText(row[j])}
                  >
                    {row[j] ?? <i className="ds-Preview-null">{NULL}</i>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="ds-meta ds-Preview-fact">
        {[factsOf(table, trans), note].filter(Boolean).join(' ')}
      </p>
    </>
  );
}

const LONG = 40;

/** As the file says it, in any language. */
const NULL = 'null';

const longText = (text: string | null | undefined): string | undefined =>
  text && text.length > LONG ? text : undefined;

function factsOf(
  { columns, rows, rowCount, columnCount }: TableData,
  trans: Trans
): string {
  const shownRows = formatCount(rows.length);
  const rowText =
    rowCount === null
      ? trans._n('The first row', 'The first %2 rows', rows.length, shownRows)
      : rowCount > rows.length
        ? trans.__('%1 of %2 rows', shownRows, formatCount(rowCount))
        : trans._n('%1 row', '%2 rows', rowCount, formatCount(rowCount));
  const columnText =
    columnCount > columns.length
      ? trans.__(
          '%1 of %2 columns',
          formatCount(columns.length),
          formatCount(columnCount)
        )
      : trans._n(
          '%1 column',
          '%2 columns',
          columnCount,
          formatCount(columnCount)
        );
  return `${rowText}, ${columnText}.`;
}
