/** Owns the bytes of a preview: asked for in parts, each once, given up when nobody looks any more. */
import { useEffect, useRef, useState } from 'react';

import type { ReadBytes } from '../props';

/** One who moves through versions does not fetch each. */
const QUIET_MS = 120;

export type Held =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly reason: unknown }
  | {
      readonly kind: 'here';
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** More was asked for and is on its way. */
      readonly busy: boolean;
    };

/** The first `wanted` bytes; 0 asks for nothing. While more comes, what was there stays. */
export function useBytes(read: ReadBytes, wanted: number): Held {
  const [held, setHeld] = useState<Held>({ kind: 'waiting' });
  useEffect(() => {
    if (wanted === 0) {
      return;
    }
    const abort = new AbortController();
    const { signal } = abort;
    setHeld(now => (now.kind === 'here' ? { ...now, busy: true } : now));
    const timer = setTimeout(() => {
      read(0, wanted, signal).then(
        bytes =>
          !signal.aborted && setHeld({ kind: 'here', bytes, busy: false }),
        (reason: unknown) =>
          !signal.aborted && setHeld({ kind: 'failed', reason })
      );
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [read, wanted]);
  return held;
}

/** Always the same function, that keeps the beginning of the file once it was read. */
export function useHeldRead(read: ReadBytes): ReadBytes {
  const latest = useRef(read);
  latest.current = read;
  const [held] = useState(() =>
    heldRead((...range) => latest.current(...range))
  );
  return held;
}

/** Reads through `read`; what is read from the start on without a gap is kept. */
export function heldRead(read: ReadBytes): ReadBytes {
  let head = new Uint8Array(0);
  return async (start, end, signal) => {
    const from = head.length;
    if (start > from) {
      return read(start, end, signal);
    }
    if (end > from) {
      const more = await read(from, end, signal);
      // Another may have been faster: only what it did not bring is added.
      const known = head.length - from;
      if (known < more.length) {
        head = joined(head, more.subarray(known));
      }
    }
    return head.subarray(start, end);
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
