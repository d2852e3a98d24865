/** Owns what time it is for views: tests and pictures stand still, hosts tick. */
import type { Zone } from '@dotscience/core';
import { createContext, useContext, useEffect, useState } from 'react';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** IANA name; undefined is the browser's own zone. */
  readonly zone: Zone;
  /** Calls `tick` every `ms` until the result is called; a clock without it stands still. */
  every?(ms: number, tick: () => void): () => void;
}

export const HOST_CLOCK: Clock = {
  now: () => Date.now(),
  zone: undefined,
  every: (ms, tick) => {
    const timer = setInterval(tick, ms);
    return () => clearInterval(timer);
  }
};

const Context = createContext<Clock>(HOST_CLOCK);

export const ClockProvider = Context.Provider;

export const useClock = (): Clock => useContext(Context);

/** The time now, again every `everyMs`. */
export function useNow(everyMs: number): number {
  const clock = useClock();
  const [, setTick] = useState(0);
  useEffect(() => {
    return clock.every?.(everyMs, () => setTick(tick => tick + 1));
  }, [clock, everyMs]);
  return clock.now();
}
