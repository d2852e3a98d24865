/**
 * Owns reading one column of a block (protocol/block.schema.json). Sizes are checked when the block
 * arrives; bytes are decoded at the first read, and the text they came in is then let go.
 */
import type { Column, ColumnBlock } from '../protocol';
import { base64Size, fromBase64 } from './base64';

const NULL_CODE = 0xffffffff;

/** A block that is not what protocol/block.schema.json says. */
export class BlockError extends Error {
  constructor(block: ColumnBlock, detail: string) {
    super(`Block ${block.index} of runs cannot be read: ${detail}.`);
    this.name = 'BlockError';
  }
}

/** Numbers of a column by row; null where the run has none. */
export interface NumberColumn {
  readonly type: 'f64';
  at(row: number): number | null;
}

/** Texts of a column by row; null where the run has none. */
export interface TextColumn {
  readonly type: 'text';
  at(row: number): string | null;
}

export type ReadColumn = NumberColumn | TextColumn;

/** Throws `BlockError` when the sizes do not fit. */
export function readColumn(block: ColumnBlock, column: Column): ReadColumn {
  check(block, column);
  return column.type === 'f64' ? new Numbers(column) : new Texts(column);
}

function check(block: ColumnBlock, column: Column): void {
  const width = column.type === 'f64' ? 8 : 4;
  const { name, data, nulls, dictionary } = column;
  if (base64Size(data) !== block.count * width) {
    throw new BlockError(block, `column ${name} has not ${block.count} values`);
  }
  if (column.type === 'text' && !dictionary) {
    throw new BlockError(block, `column ${name} has no dictionary`);
  }
  if (nulls && !(base64Size(nulls) * 8 >= block.count)) {
    throw new BlockError(block, `column ${name} has too few null bits`);
  }
}

class Numbers implements NumberColumn {
  readonly type = 'f64';
  private _encoded: Column | null;
  private _values: Float64Array = new Float64Array();
  private _nulls: Uint8Array | null = null;

  constructor(column: Column) {
    this._encoded = column;
  }

  at(row: number): number | null {
    this._decode();
    const isNull = this._nulls && (this._nulls[row >> 3] >> (row & 7)) & 1;
    return isNull ? null : this._values[row];
  }

  private _decode(): void {
    if (this._encoded) {
      const { data, nulls } = this._encoded;
      this._values = float64s(fromBase64(data));
      this._nulls = nulls ? fromBase64(nulls) : null;
      this._encoded = null;
    }
  }
}

class Texts implements TextColumn {
  readonly type = 'text';
  private _encoded: string | null;
  private readonly _dictionary: readonly string[];
  private _codes: Uint32Array = new Uint32Array();

  constructor(column: Column) {
    this._encoded = column.data;
    this._dictionary = column.dictionary ?? [];
  }

  at(row: number): string | null {
    if (this._encoded !== null) {
      this._codes = uint32s(fromBase64(this._encoded));
      this._encoded = null;
    }
    const code = this._codes[row];
    return code === NULL_CODE ? null : (this._dictionary[code] ?? null);
  }
}

// Through DataView: the wire is little-endian whatever this machine is.
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function float64s(bytes: Uint8Array): Float64Array {
  const view = viewOf(bytes);
  const values = new Float64Array(bytes.length / 8);
  for (let i = 0; i < values.length; i++) {
    values[i] = view.getFloat64(i * 8, true);
  }
  return values;
}

function uint32s(bytes: Uint8Array): Uint32Array {
  const view = viewOf(bytes);
  const values = new Uint32Array(bytes.length / 4);
  for (let i = 0; i < values.length; i++) {
    values[i] = view.getUint32(i * 4, true);
  }
  return values;
}
