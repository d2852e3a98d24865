/**
 * Owns the places of live runs in the panel. A run that ended keeps its place for a while, and the
 * next one takes it: in a sweep of short runs nothing below jumps.
 */
import type { LiveRun } from '@dotscience/core';
import { useEffect, useRef, useState } from 'react';

export interface LiveSlot {
  readonly run: LiveRun;
  /** It is not running any more. */
  readonly over: boolean;
}

const LINGER_MS = 1_200;

/** The places after `running` came; equal ones are the same array. */
export function nextSlots(
  slots: readonly LiveSlot[],
  running: readonly LiveRun[]
): readonly LiveSlot[] {
  const now = new Map(running.map(run => [run.id, run]));
  const next: LiveSlot[] = slots.map(slot => {
    const run = now.get(slot.run.id);
    now.delete(slot.run.id);
    return run ? { run, over: false } : { run: slot.run, over: true };
  });
  for (const run of now.values()) {
    const free = next.findIndex(({ over }) => over);
    next.splice(free < 0 ? next.length : free, free < 0 ? 0 : 1, {
      run,
      over: false
    });
  }
  const isSame =
    next.length === slots.length &&
    next.every(
      ({ run, over }, i) => run === slots[i].run && over === slots[i].over
    );
  return isSame ? slots : next;
}

/** `still` keeps the places of runs that ended, however long it lasts. */
export function useSlots(
  running: readonly LiveRun[],
  still: boolean
): readonly LiveSlot[] {
  const kept = useRef<readonly LiveSlot[]>([]);
  const [, draw] = useState(0);
  kept.current = nextSlots(kept.current, running);
  const slots = kept.current;
  const waits = !still && slots.some(({ over }) => over);
  useEffect(() => {
    if (!waits) {
      return;
    }
    const timer = setTimeout(() => {
      kept.current = kept.current.filter(({ over }) => !over);
      draw(times => times + 1);
    }, LINGER_MS);
    return () => clearTimeout(timer);
  }, [waits, slots]);
  return slots;
}
