/** Owns reading the first rows of a CSV text: quotes as RFC 4180 has them, everything is text. */

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** There were more rows or columns than asked for. */
  readonly more: boolean;
}

/** At most `rows` rows below the head, and `columns` columns. Never fails: what is odd is text. */
export function parseCsv(text: string, rows: number, columns = 50): Table {
  const lines: string[][] = [];
  let at = 0;
  while (at < text.length && lines.length <= rows) {
    const [cells, next] = lineAt(text, at);
    lines.push(cells);
    at = next;
  }
  const [head = [], ...body] = lines;
  const cut = (cells: string[]): string[] => cells.slice(0, columns);
  return {
    head: cut(head),
    rows: body.map(cut),
    more: at < text.length || lines.some(cells => cells.length > columns)
  };
}

function lineAt(text: string, start: number): [cells: string[], next: number] {
  const cells: string[] = [];
  let at = start;
  for (;;) {
    const [cell, end] = cellAt(text, at);
    cells.push(cell);
    if (text[end] !== ',') {
      return [cells, end + (text.startsWith('\r\n', end) ? 2 : 1)];
    }
    at = end + 1;
  }
}

function cellAt(text: string, start: number): [cell: string, end: number] {
  if (text[start] !== '"') {
    const end = firstOf(text, start);
    return [text.slice(start, end), end];
  }
  let cell = '';
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      return [cell + text.slice(at), text.length];
    }
    cell += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      const end = firstOf(text, quote + 1);
      return [cell + text.slice(quote + 1, end), end];
    }
    cell += '"';
    at = quote + 2;
  }
}

function firstOf(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === ',' || text[at] === '\n') {
      return at;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') {
      return at;
    }
  }
  return text.length;
}
