/**
 * Owns that the list holds its place on screen while the pointer is in it: what comes or goes above
 * it (a live run's card, a notice) is made up for by scrolling, and by a gap where that is not enough.
 */
import { useLayoutEffect, type RefObject } from 'react';

export function useSteady(
  scroller: RefObject<HTMLElement>,
  rows: RefObject<HTMLElement>,
  active: boolean
): void {
  useLayoutEffect(() => {
    const box = scroller.current;
    const inner = rows.current;
    if (!active || !box || !inner || typeof ResizeObserver === 'undefined') {
      return;
    }
    let top = box.getBoundingClientRect().top;
    let shift = 0;
    // Below zero the list has moved up, and a gap above the rows holds them.
    const move = (by: number): void => {
      const gapBefore = Math.max(0, -shift);
      shift += by;
      const gap = Math.max(0, -shift);
      inner.style.marginTop = `${gap}px`;
      inner.style.minHeight = `${box.clientHeight + Math.max(0, shift) + box.scrollTop}px`;
      box.scrollTop += by + gap - gapBefore;
    };
    const observer = new ResizeObserver(() => {
      const now = box.getBoundingClientRect().top;
      if (now !== top) {
        move(now - top);
        top = now;
      }
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
      inner.style.marginTop = '';
      inner.style.minHeight = '';
      box.scrollTop -= Math.max(0, shift);
    };
  }, [active, scroller, rows]);
}
