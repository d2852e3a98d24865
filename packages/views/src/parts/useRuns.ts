/** Follows a run store: the list as it is now, another one after each change. */
import { RunList, type RunStore } from '@dotscience/core';
import { useSyncExternalStore } from 'react';

const never = (): (() => void) => () => undefined;
const empty = (): RunList => RunList.empty;

export function useRuns(store: RunStore | null | undefined): RunList {
  return useSyncExternalStore(
    store?.subscribe ?? never,
    store?.getSnapshot ?? empty
  );
}
