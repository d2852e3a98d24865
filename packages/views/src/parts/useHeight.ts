/** Owns measuring an element: its height as it is drawn, again whenever that changes. */
import { useLayoutEffect, useState, type RefObject } from 'react';

/** Height in px; `fallback` until there is one, and where nothing is laid out. */
export function useHeight(
  ref: RefObject<HTMLElement>,
  fallback: number
): number {
  const [height, setHeight] = useState(fallback);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) {
      return;
    }
    const measure = (): void => {
      const now = element.getBoundingClientRect().height;
      setHeight(now > 0 ? now : fallback);
    };
    measure();
    if (typeof ResizeObserver === 'undefined') {
      return;
    }
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, fallback]);
  return height;
}
