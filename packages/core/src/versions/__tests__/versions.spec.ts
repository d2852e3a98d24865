import {
  cellText,
  decodeText,
  diffLines,
  hexRows,
  imageType,
  kindOfBytes,
  kindOfName,
  looksLikeText,
  readNotebook,
  timestampText
} from '../..';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('what a file is', () => {
  it('is said by its name', () => {
    expect(kindOfName('a/b.CSV')).toBe('table');
    expect(kindOfName('a.b/c')).toBeNull();
    expect(kindOfName('x.constructor')).toBeNull();
    expect(kindOfName('drawing.svg')).toBe('text');
  });

  it('is said by its bytes where the name says nothing', () => {
    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
    expect(kindOfBytes(png, true)).toBe('image');
    expect(imageType(utf8('<svg onload="x()">'))).toBeNull();
    expect(imageType(utf8('RIFF0000WEBPVP8 '))).toBe('image/webp');
    expect(kindOfBytes(utf8('PAR1...'), false)).toBe('parquet');
    expect(kindOfBytes(utf8('hello\n'), true)).toBe('text');
    expect(kindOfBytes(Uint8Array.from([1, 2, 0]), true)).toBe('bytes');
    expect(kindOfBytes(Uint8Array.from([0xff, 0xfe, 0x41]), true)).toBe(
      'bytes'
    );
    expect(kindOfBytes(new Uint8Array(0), true)).toBe('text');
  });

  it.each(['ä', '€', '😀'])('is text also where %s is cut', text => {
    const whole = utf8(`ab${text}`);
    for (let end = 2; end <= whole.length; end++) {
      const cut = whole.subarray(0, end);
      const known = end === whole.length ? `ab${text}` : 'ab';
      expect(looksLikeText(cut, false)).toBe(true);
      expect(decodeText(cut, false)).toBe(known);
    }
  });
});

it('shows bytes as rows of sixteen', () => {
  const rows = hexRows(utf8('0123456789abcdef\n'));
  expect(rows).toEqual([
    {
      offset: '00000000',
      hex: '30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66',
      text: '0123456789abcdef'
    },
    { offset: '00000010', hex: '0a', text: '.' }
  ]);
});

it('reads a unified difference with the numbers of its lines', () => {
  const lines = diffLines(
    '@@ -2,3 +2,3 @@ def f\n x\n-old\n+new\n\\ No newline at end of file\n'
  );
  expect(lines.map(({ kind, a, b, text }) => [kind, a, b, text])).toEqual([
    ['gap', 2, 2, 'def f'],
    ['same', 2, 2, 'x'],
    ['old', 3, null, 'old'],
    ['new', null, 3, 'new'],
    ['note', null, null, 'No newline at end of file']
  ]);
  expect(diffLines('')).toEqual([]);
  // Nothing was left out before the first line.
  expect(diffLines('@@ -0,0 +1 @@\n+new\n')).toEqual([
    { kind: 'new', a: null, b: 1, text: 'new' }
  ]);
});

describe('readNotebook', () => {
  const notebook = (cells: unknown): string =>
    JSON.stringify({ nbformat: 4, cells });

  it('gives sources, texts and images; HTML and scripts only by name', () => {
    const cells = readNotebook(
      notebook([
        { cell_type: 'markdown', source: ['# T', 'itle'] },
        {
          cell_type: 'code',
          source: 'x',
          execution_count: 3,
          outputs: [
            { output_type: 'stream', name: 'stdout', text: ['a', 'b'] },
            {
              output_type: 'error',
              ename: 'E',
              evalue: 'v',
              traceback: ['\u001b[31mE\u001b[0m: v']
            },
            {
              output_type: 'display_data',
              data: { 'image/png': 'aGk=\n', 'text/plain': 'x' }
            },
            {
              output_type: 'display_data',
              data: { 'text/html': '<script>alert(1)</script>' }
            },
            {
              output_type: 'display_data',
              data: { 'image/png': '"><script>' }
            }
          ]
        }
      ])
    );
    expect(cells?.map(cell => cell.kind)).toEqual(['markdown', 'code']);
    expect(cells?.[0].source).toBe('# Title');
    expect(cells?.[1].outputs).toEqual([
      { kind: 'text', text: 'ab', isError: false },
      { kind: 'text', text: 'E: v', isError: true },
      { kind: 'image', mime: 'image/png', base64: 'aGk=' },
      { kind: 'hidden', mime: 'text/html' },
      { kind: 'hidden', mime: 'image/png' }
    ]);
  });

  it.each(['', '[]', '{"nbformat":3}', '{"nbformat":4,"cells":{}}', 'x'])(
    'is null for %j',
    text => expect(readNotebook(text)).toBeNull()
  );

  it('takes odd cells as they come', () => {
    expect(
      readNotebook(notebook([null, { source: 3, outputs: 'x' }, []]))
    ).toEqual([{ kind: 'markdown', source: '', count: null, outputs: [] }]);
  });
});

describe('cellText', () => {
  it.each<[unknown, string | null]>([
    [null, null],
    [undefined, null],
    [9007199254740993n, '9007199254740993'],
    [-0, '-0'],
    [NaN, 'NaN'],
    ['a\nb', 'a ⏎ b'],
    [[1n, null, 'x'], '[1, null, "x"]'],
    [{ a: { b: [1] } }, '{a: {b: [1]}}'],
    [new Date('2026-11-21T00:00:00Z'), '2026-11-21'],
    [new Date(NaN), 'NaT'],
    [Uint8Array.from([1, 255]), '0x01ff'],
    [new Uint8Array(40), `0x${'00'.repeat(16)}… (40 B)`],
    [Float64Array.from([0.5]), '[0.5]']
  ])('%p reads %s', (value, text) => expect(cellText(value)).toBe(text));

  it('is bounded whatever comes', () => {
    const deep = Array.from({ length: 1000 }, () => ({ a: 'x'.repeat(1000) }));
    expect(cellText(deep)?.length).toBeLessThanOrEqual(201);
    let nested: unknown = 1;
    for (let i = 0; i < 1000; i++) {
      nested = [nested];
    }
    expect(cellText(nested)).toBe('[[[[[…]]]]]');
  });
});

it('keeps all digits of a moment', () => {
  expect(timestampText(1n, 1_000_000_000n)).toBe(
    '1970-01-01 00:00:00.000000001'
  );
  expect(timestampText(-1n, 1_000_000n)).toBe('1969-12-31 23:59:59.999999');
  expect(timestampText(86_400_000n, 1_000n)).toBe('1970-01-02 00:00:00');
});
