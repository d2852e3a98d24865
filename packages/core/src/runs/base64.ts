/** Owns reading base64 (RFC 4648, padded, no line breaks) without a host's `atob`. */

const ALPHABET =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const INVALID = 255;

const VALUES = new Uint8Array(128).fill(INVALID);
for (let i = 0; i < ALPHABET.length; i++) {
  VALUES[ALPHABET.charCodeAt(i)] = i;
}

/** How many bytes `text` holds, from its length alone; NaN when it cannot be base64. */
export function base64Size(text: string): number {
  if (text.length % 4 !== 0) {
    return NaN;
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

/** Throws `RangeError` when `text` is not base64. */
export function fromBase64(text: string): Uint8Array {
  const size = base64Size(text);
  if (Number.isNaN(size)) {
    throw new RangeError('Not base64: its length is no multiple of 4.');
  }
  // Room for the whole last group; what padding stood for is cut off.
  const bytes = new Uint8Array((text.length / 4) * 3);
  const last = text.length - ((text.length / 4) * 3 - size);
  for (let i = 0, at = 0; i < text.length; i += 4, at += 3) {
    const group =
      (digit(text, i, last) << 18) |
      (digit(text, i + 1, last) << 12) |
      (digit(text, i + 2, last) << 6) |
      digit(text, i + 3, last);
    bytes[at] = group >> 16;
    bytes[at + 1] = group >> 8;
    bytes[at + 2] = group;
  }
  return bytes.subarray(0, size);
}

function digit(text: string, at: number, last: number): number {
  if (at >= last) {
    return 0;
  }
  const code = text.charCodeAt(at);
  const value = code < 128 ? VALUES[code] : INVALID;
  if (value === INVALID) {
    throw new RangeError(`Not base64: character ${at}.`);
  }
  return value;
}
