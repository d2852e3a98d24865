/** Owns how paths and ids read: paths are cut at the start, ids are short. */
import type { BytesPath } from '../protocol';

const RUN_DIGITS = 8;
const SNAPSHOT_DIGITS = 7;

/** A path for people; what is not UTF-8 shows its base64 and says so. */
export function pathText(path: string | BytesPath): string {
  return typeof path === 'string' ? path : `\u2039bytes ${path.b64}\u203a`;
}

/** At most `length` characters of a path, cut at the start: `…tuned-on-hog.joblib`. */
export function shortenPath(path: string, length: number): string {
  const characters = [...path];
  return characters.length <= length
    ? path
    : `\u2026${characters.slice(characters.length - Math.max(length - 1, 1)).join('')}`;
}

/** Folder (with its slash) and name; the folder is '' at the top. */
export function splitPath(path: string): [folder: string, name: string] {
  const cut = path.lastIndexOf('/') + 1;
  return [path.slice(0, cut), path.slice(cut)];
}

export const shortRunId = (id: string): string => id.slice(0, RUN_DIGITS);

export const shortSnapshotId = (id: string): string =>
  id.slice(0, SNAPSHOT_DIGITS);
