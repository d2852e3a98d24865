/** Owns texts that a run may carry to do harm; views show them as text. */

export const HOSTILE =
  '<img src=x onerror="alert(1)"><script>alert(2)</script>\u202e‮{{7*7}}';

/** Elements that hostile text would have made. */
export function injected(root: Element): Element[] {
  return [...root.querySelectorAll('img, script, iframe, [onerror]')];
}
