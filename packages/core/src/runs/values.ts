/**
 * Owns giving back a `Value` that a block carries as number and text. The text was parsed once, in
 * Python; here only its kind is read off again (protocol/README.md).
 */
import type { Value } from '../protocol';

const WHOLE = /^[+-]?\d+$/;
const WORDS: Readonly<Record<string, Value['kind']>> = {
  True: 'bool',
  False: 'bool',
  None: 'none'
};

/** The value of a row; null when the run has none under that key. */
export function toValue(
  key: string,
  number: number | null,
  text: string | null
): Value | null {
  if (number !== null) {
    return numeric(key, number, text ?? String(number));
  }
  return text === null ? null : other(key, text);
}

/** The number of a value when it is an ordinary one, else null. */
export function finite({ number }: Value): number | null {
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function numeric(key: string, number: number, text: string): Value {
  const kind = WHOLE.test(text) ? 'int' : 'float';
  return {
    key,
    kind,
    number: Number.isFinite(number) ? number : String(number),
    text
  };
}

function other(key: string, text: string): Value {
  if (WHOLE.test(text)) {
    return { key, kind: 'int', number: String(BigInt(plain(text))), text };
  }
  return { key, kind: WORDS[text] ?? 'text', number: null, text };
}

// BigInt refuses a plus sign.
const plain = (text: string): string =>
  text.startsWith('+') ? text.slice(1) : text;
