/** Owns generated runs for tests: any text, any number, as the worker may send them. */
import fc from 'fast-check';

import type { RunSummary, Value } from '../protocol';

const key = fc.oneof(
  fc.constantFrom(
    'alpha',
    'val_accuracy',
    'loss',
    'x#text',
    '__proto__',
    'toString'
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
);

const decimal = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((n): Omit<Value, 'key'> => ({
    kind: 'float',
    number: n,
    text: floatText(n)
  }));

// As Python's repr: always with a point or an exponent.
const floatText = (n: number): string => {
  const text = Object.is(n, -0) ? '-0.0' : String(n);
  return /[.e]/.test(text) ? text : `${text}.0`;
};

const whole = fc.maxSafeInteger().map((n): Omit<Value, 'key'> => ({
  kind: 'int',
  number: n,
  text: String(n)
}));

const odd: fc.Arbitrary<Omit<Value, 'key'>> = fc.constantFrom(
  { kind: 'float', number: 1e-4, text: '1e-4' },
  { kind: 'float', number: 64, text: '64.0' },
  { kind: 'int', number: 7, text: '+007' },
  { kind: 'float', number: 'NaN', text: 'nan' },
  { kind: 'float', number: '-Infinity', text: '-inf' },
  { kind: 'int', number: '9007199254740993', text: '9007199254740993' },
  { kind: 'int', number: '-9007199254740993', text: '-9007199254740993' },
  { kind: 'bool', number: null, text: 'True' },
  { kind: 'none', number: null, text: 'None' },
  { kind: 'text', number: null, text: '' },
  { kind: 'text', number: null, text: '<img src=x onerror=alert(1)>' }
);

const value = fc.oneof(decimal, whole, odd);

export const values: fc.Arbitrary<Value[]> = fc
  .uniqueArray(fc.tuple(key, value), { selector: ([k]) => k, maxLength: 4 })
  .map(pairs =>
    pairs
      .map(([k, v]) => ({ key: k, ...v }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
  );

const optional = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(of);

const time = fc
  .date({
    min: new Date('2026-01-01'),
    max: new Date('2026-12-31'),
    noInvalidDate: true
  })
  .map(date => date.toISOString().replace('Z', '000Z'));

/** A run with this seq and revision; its id follows from its seq. */
export function aRun(seq: number, revision: number): fc.Arbitrary<RunSummary> {
  return fc.record({
    id: fc.constant(
      `${String(seq).padStart(8, '0')}-0000-4000-8000-000000000000`
    ),
    revision: fc.constant(revision),
    seq: fc.constant(seq),
    state: fc.constantFrom('running', 'published', 'failed', 'interrupted'),
    description: optional(fc.string({ unit: 'grapheme' })),
    error: optional(fc.string()),
    started: optional(time),
    ended: optional(time),
    duration_s: optional(fc.double({ min: 0, max: 1e6, noNaN: true })),
    recorded: time,
    notebook: optional(fc.string()),
    workload: optional(fc.string()),
    parameters: values,
    metrics: values,
    labels: fc
      .uniqueArray(fc.tuple(key, fc.string()), {
        selector: ([k]) => k,
        maxLength: 2
      })
      .map(pairs =>
        pairs
          .map(([k, v]) => ({ key: k, value: v }))
          .sort((a, b) => (a.key < b.key ? -1 : 1))
      ),
    models: fc.array(
      fc.record({
        name: fc.string(),
        kind: fc.string(),
        version: optional(fc.string()),
        path: optional(fc.string())
      }),
      { maxLength: 2 }
    ),
    inputs: fc.nat(9),
    outputs: fc.nat(9),
    snapshot: fc.record({
      state: fc.constantFrom('pending', 'frozen', 'sealed', 'failed'),
      id: optional(fc.string()),
      duration_s: optional(fc.double({ min: 0, max: 9, noNaN: true }))
    }),
    conflict: fc.boolean(),
    ending: fc.constantFrom(null, 'ended', 'crashed', 'lost'),
    group: fc.option(fc.string()),
    repeats: fc.option(fc.uuid()),
    curves: fc.nat(9),
    stopped_at: fc.option(fc.nat(99)),
    stopped_of: fc.option(fc.nat(99))
  });
}

/** Runs with seq 1 … n, each in one or more states of rising revision, oldest state first. */
export const histories: fc.Arbitrary<RunSummary[]> = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 8 })
  .chain(states =>
    fc.tuple(
      ...states.flatMap((count, i) =>
        Array.from({ length: count }, (_, n) => aRun(i + 1, 100 * (n + 1) + i))
      )
    )
  );
