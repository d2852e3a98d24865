/** Owns how a file is shown: by its name, and where that says nothing, by its first bytes. */
import { imageType, looksLikeText } from './bytes';

export type PreviewKind =
  'text' | 'image' | 'table' | 'parquet' | 'notebook' | 'bytes';

const BY_ENDING: Readonly<Record<string, PreviewKind>> = {
  csv: 'table',
  tsv: 'table',
  parquet: 'parquet',
  pq: 'parquet',
  ipynb: 'notebook',
  png: 'image',
  jpg: 'image',
  jpeg: 'image',
  gif: 'image',
  webp: 'image',
  // A drawing may hold scripts: it is only ever its text.
  svg: 'text'
};

const PARQUET = [0x50, 0x41, 0x52, 0x31];

/** What the name promises; null where it promises nothing. */
export function kindOfName(path: string): PreviewKind | null {
  const ending = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : null;
}

/** What the first bytes are; `whole` says that there are no more. */
export function kindOfBytes(head: Uint8Array, whole: boolean): PreviewKind {
  if (imageType(head)) {
    return 'image';
  }
  if (PARQUET.every((byte, i) => head[i] === byte)) {
    return 'parquet';
  }
  return looksLikeText(head, whole) ? 'text' : 'bytes';
}
