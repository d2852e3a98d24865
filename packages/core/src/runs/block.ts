/**
 * Owns reading runs out of a column block. Row r of block n is the run with seq n*4096 + r + 1.
 * A block never changes; a run is put together only when it is asked for.
 */
import type {
  ColumnBlock,
  Label,
  Model,
  RunSummary,
  SnapshotRef,
  Value
} from '../protocol';
import {
  BlockError,
  readColumn,
  type NumberColumn,
  type TextColumn
} from './columns';
import { toValue } from './values';

/** Runs in a complete block, and the span of seq that one page of a list covers. */
export const BLOCK_SIZE = 4096;

const TEXT_SUFFIX = '#text';
const LABEL = 'label:';
const METRIC = 'metric:';
const PARAMETER = 'parameter:';

export class Block {
  readonly index: number;
  readonly revision: number;
  readonly count: number;
  /** Keys of the metrics that any of its runs has. */
  readonly metricKeys: readonly string[];
  private readonly _parameterKeys: readonly string[];
  // Apart, because a metric "x#text" and the texts of a metric "x" have columns of one name.
  private readonly _numbers = new Map<string, NumberColumn>();
  private readonly _texts = new Map<string, TextColumn>();
  private _rows: ReadonlyMap<string, number> | null = null;

  /** Throws `BlockError` when the block is not what its schema says. */
  constructor(block: ColumnBlock) {
    if (!(block.count >= 0 && block.count <= BLOCK_SIZE)) {
      throw new BlockError(block, `it says that it has ${block.count} runs`);
    }
    this.index = block.index;
    this.revision = block.revision;
    this.count = block.count;
    for (const encoded of block.columns) {
      const column = readColumn(block, encoded);
      if (column.type === 'f64') {
        this._numbers.set(encoded.name, column);
      } else {
        this._texts.set(encoded.name, column);
      }
    }
    this.metricKeys = keysOf(block, METRIC);
    this._parameterKeys = keysOf(block, PARAMETER);
    for (const required of ['id', 'state', 'recorded']) {
      if (!this._texts.has(required)) {
        throw new BlockError(block, `column ${required} is missing`);
      }
    }
  }

  /** Row of a run, or -1. */
  rowOf(id: string): number {
    this._rows ??= new Map(
      Array.from({ length: this.count }, (_, row) => [
        this.text('id', row) ?? '',
        row
      ])
    );
    return this._rows.get(id) ?? -1;
  }

  text(name: string, row: number): string | null {
    return this._texts.get(name)?.at(row) ?? null;
  }

  number(name: string, row: number): number | null {
    return this.numbers(name)?.at(row) ?? null;
  }

  /** A column to be read row by row; null when no run has it. */
  numbers(name: string): NumberColumn | null {
    return this._numbers.get(name) ?? null;
  }

  run(row: number): RunSummary {
    return {
      id: this.text('id', row) ?? '',
      revision: this.number('revision', row) ?? this.revision,
      seq: this.index * BLOCK_SIZE + row + 1,
      state: this.text('state', row) as RunSummary['state'],
      description: this.text('description', row),
      error: this.text('error', row),
      started: this.text('started', row),
      ended: this.text('ended', row),
      duration_s: this.number('duration_s', row),
      recorded: this.text('recorded', row) ?? '',
      notebook: this.text('notebook', row),
      workload: this.text('workload', row),
      parameters: this._values(PARAMETER, this._parameterKeys, row),
      metrics: this._values(METRIC, this.metricKeys, row),
      labels: this._labels(row),
      models: this._models(row),
      inputs: this.number('inputs', row) ?? 0,
      outputs: this.number('outputs', row) ?? 0,
      snapshot: this._snapshot(row),
      conflict: this.number('conflict', row) === 1,
      ending: this.text('ending', row) as RunSummary['ending'],
      group: this.text('group', row),
      repeats: this.text('repeats', row),
      curves: this.number('curves', row) ?? 0,
      stopped_at: this.number('stopped_at', row),
      stopped_of: this.number('stopped_of', row)
    };
  }

  private _values(
    prefix: string,
    keys: readonly string[],
    row: number
  ): Value[] {
    return keys.flatMap(key => {
      const name = prefix + key;
      const number = this.number(name, row);
      return toValue(key, number, this.text(name + TEXT_SUFFIX, row)) ?? [];
    });
  }

  private _labels(row: number): Label[] {
    return [...this._texts.keys()].flatMap(name => {
      const value = name.startsWith(LABEL) ? this.text(name, row) : null;
      return value === null ? [] : { key: name.slice(LABEL.length), value };
    });
  }

  private _models(row: number): Model[] {
    const models = this.text('models', row);
    return models === null ? [] : (JSON.parse(models) as Model[]);
  }

  private _snapshot(row: number): SnapshotRef {
    return {
      state: (this.text('snapshot.state', row) ??
        'pending') as SnapshotRef['state'],
      id: this.text('snapshot.id', row),
      duration_s: this.number('snapshot.duration_s', row)
    };
  }
}

// In the order of the columns. A key whose values are all texts may have no column of numbers.
function keysOf({ columns }: ColumnBlock, prefix: string): string[] {
  const names = columns.map(({ name, type }) =>
    type === 'text' && name.endsWith(TEXT_SUFFIX)
      ? name.slice(0, -TEXT_SUFFIX.length)
      : name
  );
  const wanted = names.filter(name => name.startsWith(prefix));
  return [...new Set(wanted)].map(name => name.slice(prefix.length));
}
