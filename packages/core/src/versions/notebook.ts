/**
 * Owns reading a notebook (nbformat 4) for a look at it: sources, and outputs that are text or an
 * image. HTML, JavaScript and drawings are named and never taken. Nothing of it is trusted.
 */

export type NotebookOutput =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly isError: boolean;
    }
  | { readonly kind: 'image'; readonly mime: string; readonly base64: string }
  /** What is not shown, by its media type. */
  | { readonly kind: 'hidden'; readonly mime: string };

export interface NotebookCell {
  readonly kind: 'code' | 'markdown' | 'raw';
  readonly source: string;
  /** Execution count; null where it did not run. */
  readonly count: number | null;
  readonly outputs: readonly NotebookOutput[];
}

const IMAGES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];
/** Characters of one output. */
const TEXT = 20_000;
const OUTPUTS = 50;
// Colours of terminals.
// eslint-disable-next-line no-control-regex
const ANSI = /\u001b\[[0-9;?]*[A-Za-z]/g;

type Json = Readonly<Record<string, unknown>>;

/** Null for what is not a notebook of format 4. */
export function readNotebook(text: string): NotebookCell[] | null {
  const json = parsed(text);
  const cells = isObject(json) && json['nbformat'] === 4 && json['cells'];
  return Array.isArray(cells) ? cells.filter(isObject).map(cellOf) : null;
}

function cellOf(cell: Json): NotebookCell {
  const type = cell['cell_type'];
  const count = cell['execution_count'];
  const outputs = Array.isArray(cell['outputs']) ? cell['outputs'] : [];
  return {
    kind: type === 'code' || type === 'raw' ? type : 'markdown',
    source: joined(cell['source']),
    count: typeof count === 'number' ? count : null,
    outputs: outputs.filter(isObject).slice(0, OUTPUTS).flatMap(outputOf)
  };
}

function outputOf(output: Json): NotebookOutput[] {
  switch (output['output_type']) {
    case 'stream':
      return [text(output['text'], output['name'] === 'stderr')];
    case 'error':
      return [text(tracebackOf(output), true)];
    default:
      return isObject(output['data']) ? dataOf(output['data']) : [];
  }
}

function tracebackOf(output: Json): string {
  const lines = output['traceback'];
  return Array.isArray(lines) && lines.length > 0
    ? lines.map(String).join('\n')
    : `${String(output['ename'])}: ${String(output['evalue'])}`;
}

function dataOf(data: Json): NotebookOutput[] {
  for (const mime of IMAGES) {
    const base64 = joined(data[mime]).replace(/\s/g, '');
    if (base64 !== '' && /^[A-Za-z0-9+/]+=*$/.test(base64)) {
      return [{ kind: 'image', mime, base64 }];
    }
  }
  if (data['text/plain'] !== undefined) {
    return [text(data['text/plain'], false)];
  }
  return Object.keys(data)
    .slice(0, 1)
    .map(mime => ({ kind: 'hidden', mime }));
}

function text(value: unknown, isError: boolean): NotebookOutput {
  const whole = joined(value).replace(ANSI, '');
  const cut = whole.length > TEXT ? `${whole.slice(0, TEXT)}\u2026` : whole;
  return { kind: 'text', text: cut, isError };
}

const joined = (value: unknown): string =>
  Array.isArray(value)
    ? value.map(String).join('')
    : typeof value === 'string'
      ? value
      : '';

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
