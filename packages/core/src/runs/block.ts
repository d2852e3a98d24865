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
  type ReadColumn,
  type TextColumn
} from './columns';
import { toValue } from './values';

/** Runs in a complete block, and the span of seq that one page of a list covers. */
export const BLOCK_SIZE = 4096;

const TEXT_SUFFIX = '#text';

export class Block {
  readonly index: number;
  readonly revision: number;
  readonly count: number;
  private readonly _columns: ReadonlyMap<string, ReadColumn>;
  private _rows: ReadonlyMap<string, number> | null = null;

  /** Throws `BlockError` when the block is not what its schema says. */
  constructor(block: ColumnBlock) {
    if (!(block.count >= 0 && block.count <= BLOCK_SIZE)) {
      throw new BlockError(block, `it says that it has ${block.count} runs`);
    }
    this.index = block.index;
    this.revision = block.revision;
    this.count = block.count;
    this._columns = new Map(
      block.columns.map(column => [column.name, readColumn(block, column)])
    );
    for (const required of ['id', 'state', 'recorded']) {
      if (this._columns.get(required)?.type !== 'text') {
        throw new BlockError(block, `column ${required} is missing`);
      }
    }
  }

  /** Keys of the metrics that any of its runs has. */
  get metricKeys(): readonly string[] {
    return this._keys('metric:');
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
    return this._texts(name)?.at(row) ?? null;
  }

  number(name: string, row: number): number | null {
    return this.numbers(name)?.at(row) ?? null;
  }

  /** A column to be read row by row; null when no run has it. */
  numbers(name: string): NumberColumn | null {
    const column = this._columns.get(name);
    return column?.type === 'f64' ? column : null;
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
      parameters: this._values('parameter:', row),
      metrics: this._values('metric:', row),
      labels: this._labels(row),
      models: this._models(row),
      inputs: this.number('inputs', row) ?? 0,
      outputs: this.number('outputs', row) ?? 0,
      snapshot: this._snapshot(row),
      conflict: this.number('conflict', row) === 1
    };
  }

  private _texts(name: string): TextColumn | null {
    const column = this._columns.get(name);
    return column?.type === 'text' ? column : null;
  }

  private _keys(prefix: string): string[] {
    const keys = new Set<string>();
    for (const [name, column] of this._columns) {
      if (name.startsWith(prefix)) {
        keys.add(keyOf(name.slice(prefix.length), column));
      }
    }
    return [...keys];
  }

  private _values(prefix: string, row: number): Value[] {
    return this._keys(prefix).flatMap(key => {
      const name = prefix + key;
      const number = this.number(name, row);
      return toValue(key, number, this.text(name + TEXT_SUFFIX, row)) ?? [];
    });
  }

  private _labels(row: number): Label[] {
    return this._keys('label:').flatMap(key => {
      const value = this.text(`label:${key}`, row);
      return value === null ? [] : { key, value };
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

// A key of the user's may itself end in "#text": only a text column has the suffix added.
function keyOf(name: string, column: ReadColumn): string {
  return column.type === 'text' && name.endsWith(TEXT_SUFFIX)
    ? name.slice(0, -TEXT_SUFFIX.length)
    : name;
}
