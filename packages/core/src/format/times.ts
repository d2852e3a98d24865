/**
 * Owns how moments read, whatever the browser's locale: `14:02` today, then yesterday, then
 * `20 Nov 16:31`. The words for today and yesterday are the views', so they can be translated.
 */

/** An IANA zone; undefined is the host's own. */
export type Zone = string | undefined;

/** A moment as a list shows it; `date` carries the year when it is not this one. */
export type Moment =
  | { readonly day: 'today' | 'yesterday'; readonly time: string }
  | { readonly day: 'other'; readonly time: string; readonly date: string };

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly date: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const DAY_MS = 86_400_000;

/** `iso` is RFC 3339, `now` is milliseconds since the epoch. Null when `iso` is no time. */
export function momentOf(iso: string, now: number, zone?: Zone): Moment | null {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) {
    return null;
  }
  const parts = partsOf(at, zone);
  const today = partsOf(now, zone);
  const time = `${pad(parts.hour)}:${pad(parts.minute)}`;
  const days = Math.round((midnight(today) - midnight(parts)) / DAY_MS);
  if (days === 0 || days === 1) {
    return { day: days === 0 ? 'today' : 'yesterday', time };
  }
  const date = `${parts.date} ${MONTHS[parts.month - 1]}`;
  const year = parts.year === today.year ? '' : ` ${parts.year}`;
  return { day: 'other', time, date: date + year };
}

/** For tooltips: `21 Nov 2026, 14:02:11 Europe/Berlin (UTC+1)`. */
export function formatFull(iso: string, zone?: Zone): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) {
    return iso;
  }
  const { second, ...parts } = partsOf(at, zone);
  return `${formatDate(parts)}:${pad(second)} ${zoneName(at, zone)}`;
}

/** For instance `21 Nov 2026, 14:02`. */
export function formatDateTime(iso: string, zone?: Zone): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : formatDate(partsOf(at, zone));
}

/** For instance `14:02`; '' when it is no time. */
export function timeOf(iso: string, zone?: Zone): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) {
    return '';
  }
  const { hour, minute } = partsOf(at, zone);
  return `${pad(hour)}:${pad(minute)}`;
}

/** The calendar day of a moment, as text that sorts by time: `2026-11-21`; '' when it is no time. */
export function dayKey(iso: string, zone?: Zone): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) {
    return '';
  }
  const { year, month, date } = partsOf(at, zone);
  return `${year}-${pad(month)}-${pad(date)}`;
}

/** When the calendar day of a moment began, in milliseconds; NaN when it is no time. */
export function startOfDay(iso: string, zone?: Zone): number {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) {
    return NaN;
  }
  const { hour, minute, second } = partsOf(at, zone);
  const since = ((hour * 60 + minute) * 60 + second) * 1_000;
  const guess = Math.floor(at / 1_000) * 1_000 - since;
  // Where clocks changed since midnight, the count of hours is wrong by the change.
  const { hour: h, minute: m } = partsOf(guess, zone);
  const off = (h * 60 + m) * 60_000;
  return off > DAY_MS / 2 ? guess + DAY_MS - off : guess - off;
}

function formatDate(parts: Omit<Parts, 'second'>): string {
  const { year, month, date, hour, minute } = parts;
  return `${date} ${MONTHS[month - 1]} ${year}, ${pad(hour)}:${pad(minute)}`;
}

const midnight = ({ year, month, date }: Parts): number =>
  Date.UTC(year, month - 1, date);

const pad = (n: number): string => String(n).padStart(2, '0');

// Making one costs as much as a thousand uses.
const formats = new Map<Zone, Intl.DateTimeFormat>();

function formatOf(zone: Zone): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric'
    });
    formats.set(zone, format);
  }
  return format;
}

// A row asks for the same moment half a dozen times, and all of them for today.
const recent = new Map<string, Parts>();
const RECENT = 64;

function partsOf(at: number, zone: Zone): Parts {
  const key = `${at} ${zone}`;
  let parts = recent.get(key);
  if (!parts) {
    parts = computed(at, zone);
    if (recent.size >= RECENT) {
      recent.clear();
    }
    recent.set(key, parts);
  }
  return parts;
}

function computed(at: number, zone: Zone): Parts {
  const found: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(at)) {
    found[type] = Number(value);
  }
  const { year, month, day: date, hour, minute, second } = found;
  return { year, month, date, hour, minute, second };
}

function zoneName(at: number, zone: Zone): string {
  const name = zone ?? formatOf(zone).resolvedOptions().timeZone;
  const here = partsOf(at, zone);
  const local = midnight(here) + (here.hour * 60 + here.minute) * 60_000;
  const offset = Math.round((local - at) / 60_000);
  if (offset === 0) {
    return name === 'UTC' ? 'UTC' : `${name} (UTC)`;
  }
  const hours = Math.floor(Math.abs(offset) / 60);
  const minutes = Math.abs(offset) % 60;
  const sign = offset < 0 ? '\u2212' : '+';
  return `${name} (UTC${sign}${hours}${minutes ? `:${pad(minutes)}` : ''})`;
}
