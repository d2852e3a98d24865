/** Owns which rows of a long table are on the page: all of one height, a few more than fit. */
import { useCallback, useState, type RefObject } from 'react';

import { useHeight } from '../parts/useHeight';

const VIEWPORT_PX = 420;
const SPARE = 8;

export interface Rows {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  readonly perPage: number;
  readonly onScroll: () => void;
  /** Scrolls as little as shows the row. */
  reveal(row: number): void;
}

export function useRows(
  count: number,
  height: number,
  scroller: RefObject<HTMLElement>,
  /** Height of the head that stays on top of the rows. */
  head: number
): Rows {
  const viewport = useHeight(scroller, VIEWPORT_PX) - head;
  const [top, setTop] = useState(0);
  const onScroll = useCallback(
    () => setTop(scroller.current?.scrollTop ?? 0),
    [scroller]
  );
  const reveal = (row: number): void => {
    const element = scroller.current;
    if (element) {
      const least = (row + 1) * height - viewport;
      element.scrollTop = Math.min(
        row * height,
        Math.max(least, element.scrollTop)
      );
      onScroll();
    }
  };
  return {
    first: Math.max(0, Math.floor(top / height) - SPARE),
    end: Math.min(count, Math.ceil((top + viewport) / height) + SPARE),
    perPage: Math.max(1, Math.floor(viewport / height) - 1),
    onScroll,
    reveal
  };
}
