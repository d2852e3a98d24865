/**
 * Owns what screen readers hear of live runs: values at most every 10 s, a run's end at once.
 */
import { formatValue, runTitle, type LiveRun } from '@dotscience/core';
import { useEffect, useRef, useState } from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';

const QUIET_MS = 10_000;

/** The text of the polite region. */
export function useAnnouncement(running: readonly LiveRun[]): string {
  const trans = useTrans();
  const clock = useClock();
  const [said, setSaid] = useState('');
  const before = useRef<readonly LiveRun[]>([]);
  const lastAt = useRef(-Infinity);
  useEffect(() => {
    const ids = new Set(running.map(({ id }) => id));
    const ended = before.current.filter(({ id }) => !ids.has(id));
    before.current = running;
    if (ended.length > 0) {
      setSaid(trans.__('Run ended: %1', ended.map(runTitle).join(', ')));
    } else if (running.length > 0 && clock.now() - lastAt.current >= QUIET_MS) {
      setSaid(running.map(sentence).join('. '));
    } else {
      return;
    }
    lastAt.current = clock.now();
  }, [running, clock, trans]);
  return said;
}

function sentence(run: LiveRun): string {
  const [first] = run.metrics;
  return first
    ? `${runTitle(run)}: ${first.key} ${formatValue(first)}`
    : runTitle(run);
}
