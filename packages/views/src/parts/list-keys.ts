/** Where a key leads in a list of which one row is active; null for other keys. */
export function rowForKey(
  key: string,
  active: number,
  count: number,
  perPage: number
): number | null {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(active + 1, last);
    case 'ArrowUp':
      return Math.max(active - 1, 0);
    case 'PageDown':
      return Math.min(active + perPage, last);
    case 'PageUp':
      return Math.max(active - perPage, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}
