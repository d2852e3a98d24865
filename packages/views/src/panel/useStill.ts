/**
 * Owns that rows hold still: while the pointer is in the list, keys move in it, or it is scrolled down,
 * new runs wait and are counted. What changes of the runs shown is shown at once.
 */
import type { RunList } from '@dotscience/core';
import { useCallback, useMemo, useRef, useState, type RefObject } from 'react';

export interface Stillness {
  /** What is shown: without the runs that wait. */
  readonly list: RunList;
  /** How many runs wait. */
  readonly waiting: number;
  readonly pointed: boolean;
  /** Lets the waiting runs in. */
  release(): void;
  readonly handlers: {
    onPointerEnter(): void;
    onPointerLeave(): void;
    onPointerDown(): void;
    onKeyDown(): void;
    onBlur(): void;
  };
  /** To be called with each scrolling. */
  onScroll(): void;
}

export function useStill(
  list: RunList,
  scroller: RefObject<HTMLElement>
): Stillness {
  const [pointed, setPointed] = useState(false);
  const [keyed, setKeyed] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const [, draw] = useState(0);
  const last = useRef(0);
  const newest = list.newest;
  const holds = pointed || keyed || scrolled;
  // The first runs have nothing to push away; after a reset fewer runs may be there.
  if (!holds || last.current === 0 || newest < last.current) {
    last.current = newest;
  }
  const upTo = last.current;
  const shown = useMemo(
    () => (upTo < newest ? list.upTo(upTo) : list),
    [list, upTo, newest]
  );
  const handlers = useMemo(
    () => ({
      onPointerEnter: () => setPointed(true),
      onPointerLeave: () => setPointed(false),
      onPointerDown: () => setKeyed(false),
      onKeyDown: () => setKeyed(true),
      onBlur: () => setKeyed(false)
    }),
    []
  );
  const release = useCallback(() => {
    last.current = 0;
    setScrolled(false);
    draw(times => times + 1);
  }, []);
  const onScroll = useCallback(
    () => setScrolled((scroller.current?.scrollTop ?? 0) > 0),
    [scroller]
  );
  return {
    list: shown,
    waiting: list.count - shown.count,
    pointed,
    release,
    handlers,
    onScroll
  };
}
