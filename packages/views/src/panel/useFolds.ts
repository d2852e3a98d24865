/** Owns which groups of the list are unfolded: the host's memory where it has one, else our own. */
import { useCallback, useMemo, useState } from 'react';

export interface Folds {
  /** Another function when a fold changes, and only then. */
  isOpen(group: string): boolean;
  set(group: string, open: boolean): void;
}

export function useFolds(
  kept: readonly string[] | undefined,
  keep: ((groups: readonly string[]) => void) | undefined
): Folds {
  const [own, setOwn] = useState<readonly string[]>(kept ?? []);
  const names = keep ? (kept ?? []) : own;
  const key = JSON.stringify(names);
  const open = useMemo(() => new Set(JSON.parse(key) as string[]), [key]);
  const isOpen = useCallback((group: string) => open.has(group), [open]);
  const set = useCallback(
    (group: string, isOpened: boolean) => {
      const others = [...open].filter(name => name !== group);
      (keep ?? setOwn)(isOpened ? [...others, group] : others);
    },
    [open, keep]
  );
  return useMemo(() => ({ isOpen, set }), [isOpen, set]);
}
