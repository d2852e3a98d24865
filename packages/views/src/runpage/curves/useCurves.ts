/** Owns what is looked at in the curves: axis, smoothing, range, filter, how many charts. */
import { chartGroups, type ChartGroup, type Series } from '@dotscience/core';
import { useEffect, useMemo, useState } from 'react';

import type { RunPageCallbacks } from '../props';

/** Charts at first, and how many more at a time. */
const CHARTS = 8;

export interface CurvesView {
  readonly axis: 'step' | 'time';
  setAxis(axis: 'step' | 'time'): void;
  readonly smoothing: number;
  setSmoothing(weight: number): void;
  readonly range: readonly [number, number] | null;
  setRange(range: readonly [number, number] | null): void;
  readonly filter: string;
  setFilter(text: string): void;
  readonly groups: readonly ChartGroup[];
  /** How many of the groups that fit the filter are not shown. */
  readonly more: number;
  showMore(): void;
}

export function useCurves(
  /** Keys of metrics with more than one point, in reading order. */
  keys: readonly string[],
  before: string | null,
  want: RunPageCallbacks['wantCurves']
): CurvesView {
  const [axis, setAxis] = useState<'step' | 'time'>('step');
  const [smoothing, setSmoothing] = useState(0);
  const [range, setRange] = useState<readonly [number, number] | null>(null);
  const [filter, setFilter] = useState('');
  const [count, setCount] = useState(CHARTS);
  const names = keys.join('\n');
  const groups = useMemo(() => {
    const wanted = filter.toLowerCase();
    return chartGroups(names === '' ? [] : names.split('\n')).filter(
      ({ members }) =>
        members.some(({ key }) => key.toLowerCase().includes(wanted))
    );
  }, [names, filter]);
  const shown = useMemo(() => groups.slice(0, count), [groups, count]);
  useEffect(() => {
    const wanted = shown.flatMap(({ members }) =>
      members.map(({ key }) => key)
    );
    if (wanted.length > 0) {
      want?.({ keys: wanted, axis, range, before });
    }
    // `want` is made anew with every drawing of the host.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shown, axis, range, before]);
  return {
    axis,
    setAxis: to => {
      setRange(null);
      setAxis(to);
    },
    smoothing,
    setSmoothing,
    range,
    setRange,
    filter,
    setFilter,
    groups: shown,
    more: groups.length - shown.length,
    showMore: () => setCount(before => before + CHARTS)
  };
}

export const isCurve = ({ count }: Series): boolean => count > 1;
