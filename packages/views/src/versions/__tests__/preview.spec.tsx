import '@testing-library/jest-dom';

import type { FileDiff } from '@dotscience/core';
import { configure, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import React from 'react';

import { violations } from '../../testing/axe';
import { HOSTILE, injected } from '../../testing/hostile';
import { Preview } from '../preview/Preview';
import { readCsv } from '../preview/csv';
import { heldRead } from '../preview/useBytes';
import type { ReadBytes } from '../props';

// Finding by role is slow in jsdom, on a busy machine very.
jest.setTimeout(30_000);
configure({ asyncUtilTimeout: 10_000 });

const utf8 = (text: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(text);

function show(
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  difference?: () => Promise<FileDiff>
) {
  const bytes = typeof content === 'string' ? utf8(content) : content;
  const asked: [number, number][] = [];
  const read: ReadBytes = async (start, end) => {
    asked.push([start, end]);
    return bytes.slice(start, end);
  };
  const view = render(
    <Preview
      name={name}
      size={bytes.length}
      read={read}
      difference={difference}
    />
  );
  return { ...view, asked };
}

const region = (name: string | RegExp): Promise<HTMLElement> =>
  screen.findByRole('region', { name });

describe('a text', () => {
  it('is shown from its start, the rest on request, each byte read once', async () => {
    const text = 'ä'.repeat(400 * 1024);
    const { asked } = show('notes.md', text);
    expect(await region('Text of notes.md')).toHaveTextContent(/^ä+$/);
    expect(screen.getByText('The first 262 KB of 819 KB.')).toBeVisible();
    await userEvent.click(
      screen.getByRole('button', { name: 'Show the rest' })
    );
    const whole = await screen.findByText(text);
    expect(whole).toBeInTheDocument();
    expect(screen.queryByRole('button')).toBeNull();
    expect(asked).toEqual([
      [0, 64 * 1024],
      [64 * 1024, 256 * 1024],
      [256 * 1024, 800 * 1024]
    ]);
  });

  it('is text, also a drawing', async () => {
    const { container } = show(
      'logo.svg',
      `<svg onload="x()">${HOSTILE}</svg>`
    );
    expect(await region('Text of logo.svg')).toHaveTextContent('<svg onload');
    expect(injected(container)).toEqual([]);
    expect(container.querySelector('svg[onload]')).toBeNull();
  });

  it('that is none is shown as bytes', async () => {
    show('model.bin', Uint8Array.from([0, 1, 65, 66]));
    expect(await region('First bytes')).toHaveTextContent(
      '00000000 00 01 41 42 ..AB'
    );
    expect(screen.getByText(/^4 B \(4 bytes\)/)).toBeVisible();
  });

  it('may be empty', () => {
    show('empty.txt', '');
    expect(screen.getByText('An empty file')).toBeVisible();
  });

  it('that cannot be read says why', async () => {
    const body = {
      message: 'The bytes of x were given up.',
      kept: 'The run.',
      next: 'Run it again.'
    };
    const read = (): Promise<never> =>
      Promise.reject(Object.assign(new Error(), { body }));
    render(<Preview name="x" size={4} read={read} />);
    expect(await region('Preview not shown')).toHaveTextContent(
      'The bytes of x were given up.Kept: the run.Run it again.'
    );
  });
});

describe('changes to now', () => {
  it('are lines of this version and lines of now', async () => {
    const { container } = show('a.py', 'x', async () => ({
      path: 'a.py',
      state: 'text',
      diff: '@@ -1,2 +1,2 @@\n same\n-was\n+is\n@@ -12 +12,2 @@\n same\n+is\n',
      added: 1,
      removed: 1
    }));
    await userEvent.click(screen.getByRole('tab', { name: 'Changes to now' }));
    const lines = within(
      await region('Changes from this version to now')
    ).getAllByRole('row');
    expect(lines.map(line => line.textContent)).toEqual([
      '11 same',
      '2\u2212this versionwas',
      '2+nowis',
      'Line 12',
      '1212 same',
      '13+nowis'
    ]);
    expect(await violations(container)).toEqual([]);
  });

  it.each([
    ['same', 'No difference: the file is so now.'],
    ['binary', 'Not a text: no lines to compare.'],
    ['large', 'Too large to compare here.'],
    ['not_kept', 'The bytes of one side are not kept.']
  ] as const)('say why there are none: %s', async (state, text) => {
    const path = 'a.py';
    const none = { path, state, diff: null, added: null, removed: null };
    show(path, 'x', async () => none);
    await userEvent.click(screen.getByRole('tab', { name: 'Changes to now' }));
    expect(await screen.findByText(text)).toBeVisible();
  });

  it('are not offered where there can be none', async () => {
    show('a.parquet', 'PAR1', jest.fn());
    expect(screen.queryByRole('tab')).toBeNull();
    expect(
      await screen.findByText(/cannot be read as a Parquet/)
    ).toBeVisible();
    await region('First bytes');
  });
});

describe('a table', () => {
  it('of a CSV file has its first rows, and says so', async () => {
    const rows = Array.from({ length: 250 }, (_, i) => `${i},"a, ${i}"`);
    const { container } = show('t.csv', `id,text\n${rows.join('\n')}\n`);
    const table = within(await region('Rows of t.csv')).getByRole('table');
    expect(table.querySelectorAll('tr')).toHaveLength(101);
    expect(within(table).getByText('a, 99')).toBeVisible();
    expect(screen.getByText('The first 100 rows, 2 columns.')).toBeVisible();
    expect(await violations(container)).toEqual([]);
  });

  it('of a Parquet file shows its types and nulls', async () => {
    const bytes = readFileSync(join(__dirname, 'fixtures/snappy.parquet'));
    show('t.parquet', Uint8Array.from(bytes));
    const table = within(await region('Rows of t.parquet'));
    expect(
      table.getByRole('columnheader', { name: 'big int64' })
    ).toBeVisible();
    expect(table.getByRole('cell', { name: '<b>ä</b>' })).toBeVisible();
    expect(table.getAllByText('null').length).toBeGreaterThan(5);
    expect(
      screen.getByText('3 rows, 12 columns. Read 4.3 KB of 4.3 KB.')
    ).toBeVisible();
  });

  it('that is cut leaves out half a row', () => {
    const table = readCsv('a;b\n1;2\n3', false, false);
    expect(table.rows).toEqual([['1', '2']]);
    expect(table.rowCount).toBeNull();
    expect(readCsv('a,b\n1,"x\ny', false, false).rows).toEqual([]);
    expect(table.columns.map(({ numeric }) => numeric)).toEqual([true, true]);
  });

  it('with odd rows shows all it has', () => {
    const { rows, columnCount } = readCsv('a\n1,2,3\n\n"x', true, false);
    expect(columnCount).toBe(3);
    expect(rows).toEqual([
      ['1', '2', '3'],
      ['x', '', '']
    ]);
    expect(readCsv('a\tb\n1,5\t2', true, true).rows).toEqual([['1,5', '2']]);
    expect(readCsv('', true, false).columnCount).toBe(0);
  });
});

describe('an image', () => {
  const made = jest.fn((_: Blob) => 'blob:x');
  const revoked = jest.fn();
  beforeEach(() => {
    Object.assign(URL, { createObjectURL: made, revokeObjectURL: revoked });
  });

  it('is one by its bytes, in an address that goes with it', async () => {
    const { unmount } = show(
      'plot.jpg',
      Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])
    );
    const image = await screen.findByRole('img', { name: 'Image plot.jpg' });
    expect(image).toHaveAttribute('src', 'blob:x');
    expect(made.mock.calls[0][0].type).toBe('image/png');
    unmount();
    expect(revoked).toHaveBeenCalledWith('blob:x');
  });

  it('that is none by its bytes is not drawn', async () => {
    show('evil.png', '<svg xmlns="http://www.w3.org/2000/svg"/>');
    await region('First bytes');
    expect(screen.queryByRole('img')).toBeNull();
  });
});

it('a notebook is sources and outputs, without HTML', async () => {
  const notebook = {
    nbformat: 4,
    cells: [
      { cell_type: 'markdown', source: '# Title' },
      {
        cell_type: 'code',
        source: HOSTILE,
        execution_count: 4,
        outputs: [
          { output_type: 'stream', name: 'stdout', text: HOSTILE },
          { output_type: 'display_data', data: { 'text/html': HOSTILE } }
        ]
      }
    ]
  };
  const { container } = show('n.ipynb', JSON.stringify(notebook));
  const cells = await screen.findByRole('list', { name: 'Cells of n.ipynb' });
  expect(within(cells).getAllByRole('listitem')).toHaveLength(2);
  expect(cells).toHaveTextContent('Output of type text/html is not shown.');
  expect(injected(container)).toEqual([]);
  expect(await violations(container)).toEqual([]);
});

it('a broken notebook is still a text', async () => {
  show('n.ipynb', '{"nbformat": 4, "cells": [');
  expect(await region('Text of n.ipynb')).toBeInTheDocument();
});

describe('heldRead', () => {
  it('reads what it holds once, also when asked twice at a time', async () => {
    const bytes = utf8('0123456789');
    const read = jest.fn(async (start: number, end: number) =>
      bytes.slice(start, end)
    );
    const held = heldRead(read);
    const [a, b] = await Promise.all([held(0, 4), held(0, 6)]);
    expect([a.length, b.length]).toEqual([4, 6]);
    expect([...(await held(2, 4))]).toEqual([...bytes.slice(2, 4)]);
    expect([...(await held(8, 10))]).toEqual([...bytes.slice(8, 10)]);
    expect([...(await held(0, 10))]).toEqual([...bytes]);
  });
});
