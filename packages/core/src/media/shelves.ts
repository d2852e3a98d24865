/** Owns how the media of a run are laid out: one shelf a key, its items in the order of their steps. */
import type { MediaItem } from '../protocol';

export interface Shelf {
  readonly key: string;
  readonly items: readonly MediaItem[];
}

export function shelvesOf(media: readonly MediaItem[]): Shelf[] {
  const byKey = new Map<string, MediaItem[]>();
  media.forEach(item =>
    byKey.set(item.key, [...(byKey.get(item.key) ?? []), item])
  );
  return [...byKey].map(([key, items]) => ({
    key,
    items: [...items].sort((a, b) => compareSteps(a, b) || a.n - b.n)
  }));
}

// What has no step was told once, before or beside the others.
function compareSteps(a: MediaItem, b: MediaItem): number {
  if (a.step === null || b.step === null) {
    return Number(a.step !== null) - Number(b.step !== null);
  }
  return a.step - b.step;
}
