/** Owns reading first bytes: text or not, which image, and as a hex table. */

// Every browser and Node have it; the library of types for code without a DOM does not.
declare class TextDecoder {
  constructor(encoding: string, options?: { readonly fatal?: boolean });
  decode(bytes: Uint8Array): string;
}

const IMAGES: readonly (readonly [mime: string, at: number, magic: string])[] =
  [
    ['image/png', 0, '\x89PNG\r\n\x1a\n'],
    ['image/jpeg', 0, '\xff\xd8\xff'],
    ['image/gif', 0, 'GIF87a'],
    ['image/gif', 0, 'GIF89a'],
    ['image/webp', 8, 'WEBP']
  ];

/** The type of an image that a browser may show, by its bytes and not its name; null for all else. */
export function imageType(head: Uint8Array): string | null {
  const found = IMAGES.find(([, at, magic]) =>
    [...magic].every((byte, i) => head[at + i] === byte.charCodeAt(0))
  );
  return found ? found[0] : null;
}

/** Whether it is UTF-8 without control characters that no text has. */
export function looksLikeText(head: Uint8Array, whole: boolean): boolean {
  if (head.some(isControl)) {
    return false;
  }
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(
      whole ? head : withoutPartOf(head)
    );
    return true;
  } catch {
    return false;
  }
}

/** UTF-8; where more follows, a character that is cut at the end is left out. */
export function decodeText(bytes: Uint8Array, whole: boolean): string {
  return new TextDecoder('utf-8').decode(whole ? bytes : withoutPartOf(bytes));
}

export interface HexRow {
  /** Of its first byte. */
  readonly offset: string;
  readonly hex: string;
  readonly text: string;
}

const PER_ROW = 16;

/** Sixteen bytes a row; what is not printable ASCII is a dot. */
export function hexRows(bytes: Uint8Array): HexRow[] {
  const rows: HexRow[] = [];
  for (let at = 0; at < bytes.length; at += PER_ROW) {
    const part = [...bytes.subarray(at, at + PER_ROW)];
    rows.push({
      offset: at.toString(16).padStart(8, '0'),
      hex: part.map(hexOf).join(' '),
      text: part.map(printable).join('')
    });
  }
  return rows;
}

const hexOf = (byte: number): string => byte.toString(16).padStart(2, '0');

const printable = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';

// Tab, line feed, form feed, carriage return and escape are in texts and logs.
const isControl = (byte: number): boolean =>
  byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d, 0x1b].includes(byte);

// A character of UTF-8 has at most four bytes.
function withoutPartOf(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) {
      return bytes;
    }
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
}
