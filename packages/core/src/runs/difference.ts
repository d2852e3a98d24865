/** Owns what of a run's parameters differs from another run's. */
import type { Value } from '../protocol';

/** A parameter, and what it was in the other run: its text, or null where that run had none. */
export interface ComparedParameter {
  readonly value: Value;
  readonly before:
    | { readonly kind: 'same' }
    | { readonly kind: 'was'; readonly text: string }
    | { readonly kind: 'new' };
}

export interface ParameterDifference {
  readonly parameters: readonly ComparedParameter[];
  /** Parameters that only the other run has. */
  readonly gone: readonly Value[];
}

/** Without another run nothing differs. Numbers that are equal are the same however written. */
export function compareParameters(
  mine: readonly Value[],
  theirs: readonly Value[] | null
): ParameterDifference {
  if (!theirs) {
    return {
      parameters: mine.map(value => ({ value, before: { kind: 'same' } })),
      gone: []
    };
  }
  const others = new Map(theirs.map(value => [value.key, value]));
  const keys = new Set(mine.map(({ key }) => key));
  return {
    parameters: mine.map(value => ({
      value,
      before: beforeOf(value, others.get(value.key))
    })),
    gone: theirs.filter(({ key }) => !keys.has(key))
  };
}

function beforeOf(
  value: Value,
  other: Value | undefined
): ComparedParameter['before'] {
  if (!other) {
    return { kind: 'new' };
  }
  return isEqual(value, other)
    ? { kind: 'same' }
    : { kind: 'was', text: other.text };
}

function isEqual(a: Value, b: Value): boolean {
  return a.text === b.text || (a.number !== null && a.number === b.number);
}
