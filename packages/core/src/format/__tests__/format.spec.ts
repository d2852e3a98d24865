import fc from 'fast-check';

import { formatBytes } from '../bytes';
import { formatDuration, formatElapsed } from '../durations';
import {
  columnDecimals,
  formatCount,
  formatDelta,
  formatNumber,
  formatValue
} from '../numbers';
import { pathText, shortenPath, splitPath } from '../paths';
import {
  dayKey,
  formatDateTime,
  formatFull,
  momentOf,
  startOfDay,
  timeOf
} from '../times';

describe('numbers', () => {
  it.each([
    [0.9908, '0.9908'],
    [0.99083333, '0.9908'],
    [0.0341, '0.0341'],
    [185.2, '185.2'],
    [185.23456, '185.2'],
    [1284, '1,284'],
    [-0.5, '−0.5'],
    [0, '0'],
    [1234567.891, '1,234,568'],
    [0.00001234, '0.00001234'],
    [3.1e-9, '3.1e-9'],
    [-1e15, '−1e15'],
    [Infinity, '∞'],
    [NaN, 'NaN']
  ])('%d reads %s', (number, text) => expect(formatNumber(number)).toBe(text));

  it('keeps one precision per column', () => {
    const decimals = columnDecimals([0.97, 0.9908, 0.98333333]);
    expect(
      [0.97, 0.9908, 0.98333333].map(n => formatNumber(n, decimals))
    ).toEqual(['0.9700', '0.9908', '0.9833']);
    expect(columnDecimals([3, 60, 12])).toBe(0);
    expect(columnDecimals([])).toBe(0);
  });

  it('signs differences and never rounds one away', () => {
    expect(formatDelta(-0.0013, 4)).toBe('−0.0013');
    expect(formatDelta(3.1, 1)).toBe('+3.1');
    expect(formatDelta(0.00001, 4)).toBe('+0.00001');
    expect(formatDelta(-1e-12, 4)).toBe('−1e-12');
  });

  it('never shows a difference as nothing', () => {
    const difference = fc.double({
      noNaN: true,
      noDefaultInfinity: true,
      min: 1e-300,
      max: 1e300
    });
    fc.assert(
      fc.property(
        difference,
        fc.integer({ min: -1, max: 8 }),
        (delta, decimals) => {
          expect(formatDelta(delta, decimals)).toMatch(/[1-9]/);
        }
      )
    );
  });

  it('reads back within its precision', () => {
    const number = fc.double({
      noNaN: true,
      noDefaultInfinity: true,
      min: -1e11,
      max: 1e11
    });
    fc.assert(
      fc.property(number, n => {
        const back = Number(
          formatNumber(n).replace(/,/g, '').replace('−', '-')
        );
        expect(Math.abs(back - n)).toBeLessThanOrEqual(
          Math.abs(n) * (1e-2 + 1e-9) + 1e-300
        );
      })
    );
  });

  it('leaves a short value as the user wrote it', () => {
    expect(
      formatValue({ key: 'a', kind: 'float', number: 1e-4, text: '1e-4' })
    ).toBe('1e-4');
    expect(
      formatValue({
        key: 'a',
        kind: 'float',
        number: 0.9722222,
        text: '0.9722222222'
      })
    ).toBe('0.9722');
    expect(
      formatValue({
        key: 'a',
        kind: 'text',
        number: null,
        text: '(128, 64), (64, 32)'
      })
    ).toBe('(128, 64), (64, 32)');
    expect(
      formatValue({ key: 'a', kind: 'float', number: -2.5, text: '-2.5' })
    ).toBe('−2.5');
    expect(formatCount(100000)).toBe('100,000');
  });
});

describe('sizes and durations', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 KB'],
    [41_200, '41 KB'],
    [999_499, '999 KB'],
    [999_500, '1.0 MB'],
    [1_300_000_000, '1.3 GB'],
    [5e18, '5000 PB']
  ])('%d bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0.11, '0.11 s'],
    [8.4, '8.4 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3599.7, '1 h 00 min'],
    [7800, '2 h 10 min'],
    [100_000, '1 d 4 h'],
    [0, '< 0.01 s'],
    [-1, '< 0.01 s']
  ])('%d s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it('counts up while something runs', () => {
    expect(formatElapsed(134.9)).toBe('02:14');
    expect(formatElapsed(3734)).toBe('1:02:14');
    expect(formatElapsed(-5)).toBe('00:00');
  });
});

describe('times', () => {
  const now = Date.parse('2026-11-21T00:30:00Z');

  it('depend on the zone they are read in', () => {
    const iso = '2026-11-20T23:31:05.123456Z';
    expect(momentOf(iso, now, 'UTC')).toEqual({
      day: 'yesterday',
      time: '23:31'
    });
    expect(momentOf(iso, now, 'Europe/Berlin')).toEqual({
      day: 'today',
      time: '00:31'
    });
    expect(dayKey(iso, 'Europe/Berlin')).toBe('2026-11-21');
    expect(timeOf(iso, 'Asia/Kolkata')).toBe('05:01');
    expect(formatDateTime(iso, 'UTC')).toBe('20 Nov 2026, 23:31');
    expect(formatFull(iso, 'Asia/Kolkata')).toBe(
      '21 Nov 2026, 05:01:05 Asia/Kolkata (UTC+5:30)'
    );
    expect(formatFull(iso, 'UTC')).toBe('20 Nov 2026, 23:31:05 UTC');
    expect(formatFull(iso, 'America/New_York')).toContain('(UTC−5)');
  });

  it('name the date, and the year where it is another', () => {
    expect(momentOf('2026-11-03T09:00:00Z', now, 'UTC')).toEqual({
      day: 'other',
      date: '3 Nov',
      time: '09:00'
    });
    expect(momentOf('2019-11-21T09:00:00Z', now, 'UTC')).toEqual({
      day: 'other',
      date: '21 Nov 2019',
      time: '09:00'
    });
    expect(momentOf('2026-11-22T09:00:00Z', now, 'UTC')).toMatchObject({
      day: 'other'
    });
  });

  it('are no reason to fail when they are none', () => {
    expect(momentOf('soon', now)).toBeNull();
    expect([
      timeOf('soon'),
      dayKey('soon'),
      formatFull('soon'),
      formatDateTime('soon')
    ]).toEqual(['', '', 'soon', 'soon']);
  });
});

describe('paths', () => {
  it('are cut at the start and never longer than asked', () => {
    expect(shortenPath('models/tuned-on-hog.joblib', 10)).toBe('…og.joblib');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 2, max: 40 }),
        (path, n) => {
          expect([...shortenPath(path, n)].length).toBeLessThanOrEqual(
            Math.max(n, 2)
          );
        }
      )
    );
  });

  it('split into folder and name', () => {
    expect(splitPath('a/b/c.txt')).toEqual(['a/b/', 'c.txt']);
    expect(splitPath('c.txt')).toEqual(['', 'c.txt']);
  });

  it('say when they are no text', () => {
    expect(pathText({ b64: '/w==' })).toBe('‹bytes /w==›');
  });
});

describe('startOfDay', () => {
  it('is the first moment of the day in any zone, also where clocks change', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe'
    ];
    const moment = fc.integer({ min: 1_767_225_600, max: 1_798_761_600 });
    fc.assert(
      fc.property(moment, fc.constantFrom(...zones), (seconds, zone) => {
        const iso = new Date(seconds * 1_000).toISOString();
        const start = startOfDay(iso, zone);
        const key = (ms: number): string =>
          dayKey(new Date(ms).toISOString(), zone);
        expect(key(start)).toBe(dayKey(iso, zone));
        expect(key(start - 1)).not.toBe(dayKey(iso, zone));
      })
    );
  });
});
