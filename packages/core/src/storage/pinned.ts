/** Owns what says that a run is pinned: a label, as `ds pin` writes it (docs/formats/store.md). */
import type { Label } from '../protocol';

export const PINNED = 'pinned';

/** Whether a label is that of a pinned run. */
export const isPin = ({ key, value }: Label): boolean =>
  key === PINNED && value === 'yes';
