/**
 * Owns where the focus goes when what has it leaves the page (a notice is dismissed, a form closes): back to
 * what had it before and is still there, else to what is marked as home. It is never taken from elsewhere.
 */
import { useEffect, useRef, type RefObject } from 'react';

/** Marks where the focus goes when nothing of what had it is left. */
export const HOME = { 'data-ds-home': '' };

/** How far back it is remembered. */
const REMEMBERED = 12;

export function useFocusKept(): RefObject<HTMLElement> {
  const frame = useRef<HTMLElement>(null);
  useEffect(
    () => (frame.current === null ? undefined : keepFocus(frame.current)),
    []
  );
  return frame;
}

function keepFocus(frame: HTMLElement): () => void {
  let had: HTMLElement[] = [];
  const onIn = ({ target }: FocusEvent): void => {
    if (target instanceof HTMLElement) {
      const others = had.filter(one => one !== target && one.isConnected);
      had = [...others, target].slice(-REMEMBERED);
    }
  };
  // Who clicks beside everything wants the focus nowhere. What is being removed is so only a moment later.
  const onOut = ({ target }: FocusEvent): void =>
    queueMicrotask(() => {
      const left = target instanceof HTMLElement && target.isConnected;
      if (left && isNowhere()) {
        had = [];
      }
    });
  const observer = new MutationObserver(() => {
    const last = had.at(-1);
    if (last && !last.isConnected && isNowhere()) {
      had = had.filter(one => one.isConnected);
      (had.at(-1) ?? homeOf(frame))?.focus();
    }
  });
  frame.addEventListener('focusin', onIn);
  frame.addEventListener('focusout', onOut);
  observer.observe(frame, { childList: true, subtree: true });
  return () => {
    frame.removeEventListener('focusin', onIn);
    frame.removeEventListener('focusout', onOut);
    observer.disconnect();
  };
}

const isNowhere = (): boolean =>
  document.activeElement === null || document.activeElement === document.body;

const homeOf = (frame: HTMLElement): HTMLElement | null =>
  frame.querySelector('[data-ds-home]');
