/**
 * Owns which part of the runs list is on screen. New runs come in at the top: what the user looks
 * at stays where it is, unless they look at the top.
 */
import type { KnownDays, RunRows } from '@dotscience/core';
import {
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type RefObject
} from 'react';

import { useClock } from '../host/clock';
import { useHeight } from '../parts/useHeight';
import { keyOfRow, rowOfKey, type RowKey } from './keys';
import { ListLayout, type ListItem } from './layout';

const RUN_PX = 44;
const DAY_PX = 23;
const VIEWPORT_PX = 600;
/** Rows kept ready beyond the edges. */
const SPARE = 6;

export interface ListWindow {
  readonly layout: ListLayout;
  readonly items: readonly ListItem[];
  /** At least as many as rows are ever among the items. */
  readonly capacity: number;
  /** Runs that fit on screen. */
  readonly perPage: number;
  readonly onScroll: () => void;
  reveal(position: number): void;
}

interface Refs {
  readonly scroller: RefObject<HTMLDivElement>;
  readonly runProbe: RefObject<HTMLDivElement>;
  readonly dayProbe: RefObject<HTMLDivElement>;
}

export function useWindow(rows: RunRows, refs: Refs): ListWindow {
  const { scroller } = refs;
  const run = useHeight(refs.runProbe, RUN_PX);
  const day = useHeight(refs.dayProbe, DAY_PX);
  const viewport = useHeight(scroller, VIEWPORT_PX);
  const [top, setTop] = useState(0);
  const { zone } = useClock();
  const known = useMemo((): KnownDays => (void zone, new Map()), [zone]);
  const layout = useMemo(
    () => new ListLayout(rows.days(zone, known), { run, day }),
    [rows, zone, known, run, day]
  );
  const onScroll = useCallback(
    () => setTop(scroller.current?.scrollTop ?? 0),
    [scroller]
  );
  useAnchor(rows, layout, scroller, top);
  const reveal = (position: number): void => {
    const element = scroller.current;
    if (element) {
      element.scrollTop = revealed(layout.topOf(position), element.scrollTop, {
        run,
        day,
        viewport
      });
      onScroll();
    }
  };
  return {
    layout,
    items: layout.between(top - SPARE * run, top + viewport + SPARE * run),
    capacity: Math.ceil(viewport / run) + 2 * SPARE + 2,
    perPage: Math.max(1, Math.floor(viewport / run) - 1),
    onScroll,
    reveal
  };
}

// The least scrolling that shows the whole row, with its day head where it is the first.
function revealed(
  rowTop: number,
  scrollTop: number,
  { run, day, viewport }: { run: number; day: number; viewport: number }
): number {
  if (rowTop - day < scrollTop) {
    return Math.max(0, rowTop - day);
  }
  return Math.max(scrollTop, rowTop + run - viewport);
}

function useAnchor(
  rows: RunRows,
  layout: ListLayout,
  scroller: RefObject<HTMLDivElement>,
  top: number
): void {
  const anchor = useRef<{ key: RowKey; offset: number } | null>(null);
  const before = useRef(rows);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (before.current !== rows && anchor.current && element) {
      const row = rowOfKey(rows, anchor.current.key);
      if (row >= 0) {
        element.scrollTop = layout.topOf(row) + anchor.current.offset;
      }
    }
    before.current = rows;
    const row = layout.positionAt(top);
    const key = top > 0 ? keyOfRow(rows, row) : null;
    anchor.current = key ? { key, offset: top - layout.topOf(row) } : null;
  }, [rows, layout, scroller, top]);
}
