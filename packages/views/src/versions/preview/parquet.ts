/**
 * Owns reading the first rows of a Parquet file: its footer, then of its first row groups the columns
 * that fit a budget of bytes. Loaded when one is looked at.
 */
import { cellText, isNumeric, timestampText } from '@dotscience/core';
import {
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  type ParquetParsers,
  type RowGroup,
  type SchemaTree
} from 'hyparquet';

import type { ReadBytes } from '../props';
import { COLUMNS, ROWS, type TableData } from './table';

export interface ParquetHead {
  readonly table: TableData;
  /** Bytes that were read. */
  readonly read: number;
  /** Bytes that all wanted columns would need, where that was more than the budget; null where not. */
  readonly needs: number | null;
}

/** Most footers are smaller: one request. */
const FOOTER = 64 * 1024;
/** What one page may unpack to: a small file may claim anything. */
const UNPACKED = 256 * 1024 * 1024;

/** Rejects with a plain error for what is no Parquet file, or one we cannot read. */
export async function readParquet(
  read: ReadBytes,
  size: number,
  budget: number
): Promise<ParquetHead> {
  const counted = new Counted(read, size);
  const metadata = await parquetMetadataAsync(counted, {
    initialFetchSize: FOOTER,
    geoparquet: false
  });
  const { children } = parquetSchema(metadata);
  const wanted = children.slice(0, COLUMNS);
  const { columns, needs } = affordable(metadata, wanted, budget);
  const rows =
    columns.length === 0 ? [] : await rowsOf(counted, metadata, columns);
  const table: TableData = {
    columns: columns.map(column => ({
      name: column.element.name,
      type: typeOf(column),
      numeric: rows.some(row => isNumeric(row[column.element.name]))
    })),
    rows: rows.map(row =>
      columns.map(({ element }) => cellText(row[element.name]))
    ),
    rowCount: Number(metadata.num_rows),
    columnCount: children.length
  };
  // The beginning of a small file may be asked for twice, and is read once.
  return { table, read: Math.min(counted.count, size), needs };
}

/** A file as hyparquet wants it, with what was read of it. */
class Counted implements AsyncBuffer {
  count = 0;

  constructor(
    private readonly _read: ReadBytes,
    readonly byteLength: number
  ) {}

  async slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const from = start < 0 ? this.byteLength + start : start;
    const bytes = await this._read(from, Math.min(end, this.byteLength));
    this.count += bytes.length;
    return bytes.buffer.slice(
      bytes.byteOffset,
      bytes.byteOffset + bytes.byteLength
    );
  }
}

interface Affordable {
  readonly columns: readonly SchemaTree[];
  readonly needs: number | null;
}

function affordable(
  metadata: FileMetaData,
  wanted: readonly SchemaTree[],
  budget: number
): Affordable {
  const groups = firstGroups(metadata);
  const columns: SchemaTree[] = [];
  let total = 0;
  for (const column of wanted) {
    total += bytesOf(groups, column.element.name);
    if (total <= budget) {
      columns.push(column);
    }
  }
  return { columns, needs: total > budget ? total : null };
}

/** Those that hold the first rows. */
function firstGroups({ row_groups: groups }: FileMetaData): RowGroup[] {
  const found: RowGroup[] = [];
  let rows = 0;
  for (const group of groups) {
    if (rows >= ROWS) {
      break;
    }
    found.push(group);
    rows += Number(group.num_rows);
  }
  return found;
}

function bytesOf(groups: readonly RowGroup[], column: string): number {
  return groups
    .flatMap(group => group.columns)
    .filter(({ meta_data: meta }) => meta?.path_in_schema[0] === column)
    .reduce((sum, { meta_data: meta }) => sum + sizeOf(meta), 0);
}

// What it unpacks to costs too.
const sizeOf = (meta: RowGroup['columns'][number]['meta_data']): number =>
  Math.max(
    Number(meta?.total_compressed_size ?? 0),
    Number(meta?.total_uncompressed_size ?? 0) / 4
  );

async function rowsOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: readonly SchemaTree[]
): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({
    file,
    metadata,
    columns: columns.map(({ element }) => element.name),
    rowStart: 0,
    rowEnd: Math.min(ROWS, Number(metadata.num_rows)),
    compressors: await compressors(),
    parsers: EXACT,
    geoparquet: false,
    // What is not said to be text is bytes.
    utf8: false,
    useOffsetIndex: true
  });
}

// Where WebAssembly is forbidden hyparquet's own Snappy is left.
async function compressors(): Promise<Compressors> {
  const all = await import('hyparquet-compressors').then(
    found => found.compressors as Compressors,
    () => ({})
  );
  return Object.fromEntries(
    Object.entries(all).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, length: number) => {
        if (length > UNPACKED) {
          throw new Error(`A page of ${length} bytes is too large to show.`);
        }
        return unpack(input, length);
      }
    ])
  );
}

/** Dates of the browser have milliseconds only. */
const EXACT: Partial<ParquetParsers> = {
  timestampFromMilliseconds: count => timestampText(count, 1_000n),
  timestampFromMicroseconds: count => timestampText(count, 1_000_000n),
  timestampFromNanoseconds: count => timestampText(count, 1_000_000_000n),
  jsonFromBytes: bytes => new TextDecoder().decode(bytes)
};

function typeOf({ element, children }: SchemaTree): string {
  const logical = element.logical_type?.type ?? element.converted_type;
  if (children.length > 0) {
    return (logical ?? 'struct').toLowerCase();
  }
  const type = (logical ?? element.type ?? '').toLowerCase();
  if (type === 'decimal') {
    return `decimal(${element.precision}, ${element.scale ?? 0})`;
  }
  return TYPES[type] ?? (type === 'integer' ? integerOf(element) : type);
}

const TYPES: Readonly<Record<string, string>> = {
  byte_array: 'bytes',
  fixed_len_byte_array: 'bytes',
  utf8: 'string',
  timestamp_millis: 'timestamp',
  timestamp_micros: 'timestamp',
  int_8: 'int8',
  int_16: 'int16',
  int_32: 'int32',
  int_64: 'int64',
  uint_8: 'uint8',
  uint_16: 'uint16',
  uint_32: 'uint32',
  uint_64: 'uint64'
};

function integerOf({ logical_type: type }: SchemaTree['element']): string {
  return type?.type === 'INTEGER'
    ? `${type.isSigned ? 'int' : 'uint'}${type.bitWidth}`
    : 'int';
}
