/** Owns writing column blocks as protocol/block.schema.json says, for tests and vectors. */
import type { Column, ColumnBlock, RunSummary, Value } from '../protocol';

const NULL_CODE = 0xffffffff;

/** The block of `runs`, which have the seq of that block from its first on. */
export function encodeBlock(
  index: number,
  revision: number,
  runs: readonly RunSummary[]
): ColumnBlock {
  const columns = [...fields(runs), ...named(runs)];
  return { format: 1, index, revision, count: runs.length, columns };
}

function fields(runs: readonly RunSummary[]): Column[] {
  const text = (name: string, of: (run: RunSummary) => string | null): Column =>
    textColumn(name, runs.map(of));
  const f64 = (name: string, of: (run: RunSummary) => number | null): Column =>
    numberColumn(name, runs.map(of));
  return [
    text('id', run => run.id),
    f64('revision', run => run.revision),
    f64('seq', run => run.seq),
    text('state', run => run.state),
    text('description', run => run.description),
    text('error', run => run.error),
    text('started', run => run.started),
    text('ended', run => run.ended),
    f64('duration_s', run => run.duration_s),
    text('recorded', run => run.recorded),
    text('notebook', run => run.notebook),
    text('workload', run => run.workload),
    f64('inputs', run => run.inputs),
    f64('outputs', run => run.outputs),
    f64('conflict', run => (run.conflict ? 1 : 0)),
    f64('curves', run => run.curves),
    f64('stopped_at', run => run.stopped_at),
    f64('stopped_of', run => run.stopped_of),
    text('ending', run => run.ending),
    text('group', run => run.group),
    text('repeats', run => run.repeats),
    text('snapshot.state', run => run.snapshot.state),
    text('snapshot.id', run => run.snapshot.id),
    f64('snapshot.duration_s', run => run.snapshot.duration_s),
    text('models', run =>
      run.models.length > 0 ? JSON.stringify(run.models) : null
    )
  ];
}

function named(runs: readonly RunSummary[]): Column[] {
  const labels = keys(runs.flatMap(run => run.labels)).map(key =>
    textColumn(
      `label:${key}`,
      runs.map(
        run => run.labels.find(label => label.key === key)?.value ?? null
      )
    )
  );
  return [
    ...valueColumns(
      'parameter:',
      runs.map(run => run.parameters)
    ),
    ...valueColumns(
      'metric:',
      runs.map(run => run.metrics)
    ),
    ...labels
  ];
}

function valueColumns(
  prefix: string,
  rows: readonly (readonly Value[])[]
): Column[] {
  return keys(rows.flat()).flatMap(key => {
    const found = rows.map(
      values => values.find(value => value.key === key) ?? null
    );
    const numbers = found.map(value => value && numberOf(value));
    const texts = found.map((value, i) =>
      value === null ||
      (numbers[i] !== null && String(numbers[i]) === value.text)
        ? null
        : value.text
    );
    return [
      numberColumn(prefix + key, numbers),
      textColumn(`${prefix + key}#text`, texts)
    ];
  });
}

const NOT_FINITE: Readonly<Record<string, number>> = {
  NaN,
  Infinity,
  '-Infinity': -Infinity
};

function numberOf({ number }: Value): number | null {
  return typeof number === 'string' ? (NOT_FINITE[number] ?? null) : number;
}

const keys = (entries: readonly { key: string }[]): string[] =>
  [...new Set(entries.map(({ key }) => key))].sort();

function numberColumn(
  name: string,
  values: readonly (number | null)[]
): Column {
  const data = Buffer.alloc(values.length * 8);
  const nulls = Buffer.alloc(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    data.writeDoubleLE(value ?? 0, i * 8);
    if (value === null) {
      nulls[i >> 3] |= 1 << (i & 7);
    }
  });
  return {
    name,
    type: 'f64',
    data: data.toString('base64'),
    nulls: nulls.toString('base64')
  };
}

function textColumn(name: string, values: readonly (string | null)[]): Column {
  const dictionary = [...new Set(values.filter(value => value !== null))];
  const codes = new Map(dictionary.map((text, i) => [text, i]));
  const data = Buffer.alloc(values.length * 4);
  values.forEach((value, i) =>
    data.writeUInt32LE(
      value === null ? NULL_CODE : (codes.get(value) ?? NULL_CODE),
      i * 4
    )
  );
  return { name, type: 'text', data: data.toString('base64'), dictionary };
}
