/** Owns what time it is for views: tests and pictures stand still, hosts tick. */
import type { Zone } from '@dotscience/core';
import { createContext, useContext, useEffect, useState } from 'react';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** IANA name; undefined is the browser's own zone. */
  readonly zone: Zone;
}

export const HOST_CLOCK: Clock = { now: () => Date.now(), zone: undefined };

const Context = createContext<Clock>(HOST_CLOCK);

export const ClockProvider = Context.Provider;

export const useClock = (): Clock => useContext(Context);

/** The time now, again every `everyMs`; stands still while `everyMs` is null. */
export function useNow(everyMs: number | null): number {
  const clock = useClock();
  const [, setTick] = useState(0);
  useEffect(() => {
    if (everyMs === null) {
      return;
    }
    const timer = setInterval(() => setTick(tick => tick + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return clock.now();
}
