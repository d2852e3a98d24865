/** Owns reading the first rows of a text table; loaded when one is looked at. */
import Papa from 'papaparse';

import { COLUMNS, ROWS, type TableData } from './table';

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** `whole`: the text is not cut; else its last line may be half a row and is left out. */
export function readCsv(
  text: string,
  whole: boolean,
  isTsv: boolean
): TableData {
  const { data, meta, errors } = Papa.parse<string[]>(
    whole ? text : text.slice(0, text.lastIndexOf('\n') + 1),
    {
      delimiter: isTsv ? '\t' : '',
      delimitersToGuess: [',', ';', '\t', '|'],
      skipEmptyLines: 'greedy',
      preview: ROWS + 2
    }
  );
  // A quoted text may go on over the line at which it was cut.
  const isOpen = !whole && errors.some(({ code }) => code === 'MissingQuotes');
  const complete = isOpen ? data.slice(0, -1) : data;
  const [head = [], ...body] = complete;
  const rows = body.slice(0, ROWS);
  const all = whole && body.length <= ROWS && !meta.truncated;
  const count = Math.max(head.length, ...rows.map(row => row.length));
  const columns = Array.from({ length: Math.min(count, COLUMNS) }, (_, i) => ({
    name: head[i] ?? '',
    type: null,
    numeric: isNumeric(rows.map(row => row[i] ?? ''))
  }));
  return {
    columns,
    // A short row has no more values; an empty field is an empty text.
    rows: rows.map(row => columns.map((_, i) => row[i] ?? '')),
    rowCount: all ? rows.length : null,
    columnCount: count
  };
}

function isNumeric(values: readonly string[]): boolean {
  const told = values.filter(value => value.trim() !== '');
  return told.length > 0 && told.every(value => NUMBER.test(value.trim()));
}
