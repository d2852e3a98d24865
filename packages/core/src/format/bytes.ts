/** Owns how sizes read: decimal units as file managers of this platform show them. */

const UNITS = ['KB', 'MB', 'GB', 'TB', 'PB'];

/** For instance `2.1 KB`, `48 MB`: two digits below ten, none above. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) {
    return `${Math.max(0, Math.round(bytes))} B`;
  }
  let size = bytes / 1000;
  let unit = 0;
  // 999.5 and more would be rounded to 1,000.
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${size < 9.95 ? size.toFixed(1) : Math.round(size)} ${UNITS[unit]}`;
}
