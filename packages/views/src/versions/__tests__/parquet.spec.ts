/** Real files, written by pyarrow: fixtures/make.py. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readParquet, type ParquetHead } from '../preview/parquet';
import type { ReadBytes } from '../props';

const PLENTY = 2 ** 30;

function file(name: string): {
  size: number;
  read: ReadBytes;
  asked: [number, number][];
} {
  const bytes = Uint8Array.from(
    readFileSync(join(__dirname, 'fixtures', name))
  );
  const asked: [number, number][] = [];
  const read: ReadBytes = async (start, end) => {
    asked.push([start, end]);
    return bytes.slice(start, end);
  };
  return { size: bytes.length, read, asked };
}

async function headOf(name: string, budget = PLENTY): Promise<ParquetHead> {
  const { read, size } = file(name);
  return readParquet(read, size, budget);
}

describe('readParquet', () => {
  it('keeps all digits, shows no value as none, and nested values on a line', async () => {
    const { table } = await headOf('snappy.parquet');
    const columns = Object.fromEntries(
      table.columns.map(({ name }, i) => [name, table.rows.map(row => row[i])])
    );
    expect(columns).toEqual({
      big: ['9007199254740993', null, '-1'],
      unsigned: ['18446744073709551615', '0', null],
      price: ['0.1', 'NaN', null],
      name: ['<b>ä</b>', null, 'two ⏎ lines'],
      flag: ['true', null, 'false'],
      day: ['2026-11-21', null, '1969-01-01'],
      at: ['2026-11-21 13:42:11.000000001', null, '1970-01-01 00:00:00'],
      raw: ['0x00ff', null, '0x'],
      list: ['[1, null, 3]', null, '[]'],
      struct: [
        '{a: 1152921504606846976, b: ["x"]}',
        null,
        '{a: null, b: null}'
      ],
      map: ['{k: 1}', null, '{}'],
      amount: ['12.5', null, '-0.01']
    });
    expect(table.columns.map(({ type }) => type)).toEqual([
      'int64',
      'uint64',
      'double',
      'string',
      'boolean',
      'date',
      'timestamp',
      'bytes',
      'list',
      'struct',
      'map',
      'decimal(9, 2)'
    ]);
    expect(table.columns.filter(({ numeric }) => numeric)).toHaveLength(4);
    expect(table.rowCount).toBe(3);
  });

  it.each(['zstd', 'gzip', 'brotli', 'lz4', 'none'])(
    'unpacks %s',
    async codec => {
      const { table } = await headOf(`${codec}.parquet`);
      expect(table.rows[0]).toEqual(['9007199254740993', '<b>ä</b>']);
    }
  );

  it('reads only the footer and the first row group', async () => {
    const { read, size, asked } = file('groups.parquet');
    const head = await readParquet(read, size, PLENTY);
    expect(head.table.rows).toHaveLength(100);
    expect(head.table.rowCount).toBe(16_000);
    expect(head.needs).toBeNull();
    const bytes = asked.reduce((sum, [start, end]) => sum + end - start, 0);
    expect(bytes).toBe(head.read);
    expect(bytes).toBeLessThan(size / 2);
  });

  it('leaves out columns beyond the budget, and says what they need', async () => {
    const one = await headOf('groups.parquet', 20_000);
    expect(one.table.columns.map(({ name }) => name)).toEqual(['c0']);
    expect(one.table.columnCount).toBe(2);
    expect(one.needs).toBeGreaterThan(30_000);
    const none = await headOf('groups.parquet', 10);
    expect(none.table.columns).toEqual([]);
    expect(none.table.rows).toEqual([]);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['another file', Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])],
    [
      'a footer that claims too much',
      Uint8Array.from(
        [...'PAR1']
          .map(c => c.charCodeAt(0))
          .concat(
            [0xff, 0xff, 0xff, 0x7f],
            [...'PAR1'].map(c => c.charCodeAt(0))
          )
      )
    ]
  ])('rejects %s', async (_, bytes) => {
    const read: ReadBytes = async (start, end) => bytes.slice(start, end);
    await expect(readParquet(read, bytes.length, PLENTY)).rejects.toThrow();
  });

  it('never hangs on damaged files', async () => {
    const { read, size } = file('snappy.parquet');
    const whole = await read(0, size);
    for (let at = 4; at < size; at += 37) {
      const bytes = whole.slice();
      bytes[at] ^= 0xff;
      const damaged: ReadBytes = async (start, end) => bytes.slice(start, end);
      await readParquet(damaged, size, PLENTY).catch(() => undefined);
    }
  });
});
