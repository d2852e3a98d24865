/** Owns how durations read. Seconds in, text out; negative ones read as zero. */

/** For instance `0.11 s`, `8.4 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function formatDuration(seconds: number): string {
  const size = Math.max(0, seconds);
  if (size < 0.005) {
    return '< 0.01 s';
  }
  if (size < 9.95) {
    return `${size.toFixed(size < 0.995 ? 2 : 1)} s`;
  }
  const whole = Math.round(size);
  if (whole < 60) {
    return `${whole} s`;
  }
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  }
  const minutes = Math.round(size / 60);
  if (minutes < 24 * 60) {
    return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  }
  const hours = Math.round(size / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** What still runs: `02:14`, from an hour on `1:02:14`. */
export function formatElapsed(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds));
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

const pad = (n: number): string => String(n).padStart(2, '0');
