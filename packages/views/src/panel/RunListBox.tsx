/**
 * The runs, newest first, as a listbox of which only the visible rows are in the page. Focus stays
 * on the box; the active row follows the keys and, by its id, new runs coming in.
 */
import type { RunList } from '@dotscience/core';
import React, { useCallback, useId, useMemo, useRef, useState } from 'react';

import { useTrans } from '../host/trans';
import { DayHead } from './DayHead';
import type { ListItem } from './layout';
import { RunRow, type MetricColumn } from './RunRow';
import { useWindow, type ListWindow } from './useWindow';

interface RunListBoxProps {
  readonly list: RunList;
  readonly column: MetricColumn;
  readonly selected: string | null;
  openRun(id: string): void;
}

export function RunListBox(props: RunListBoxProps): JSX.Element {
  const { list, column, selected } = props;
  const trans = useTrans();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const runProbe = useRef<HTMLDivElement>(null);
  const dayProbe = useRef<HTMLDivElement>(null);
  const view = useWindow(list, { scroller, runProbe, dayProbe });
  const [activeId, setActiveId] = useState<string | null>(null);
  const active = useMemo(
    () => (activeId === null ? -1 : list.indexOf(activeId)),
    [list, activeId]
  );
  const open = useOpen(props.openRun, setActiveId);

  const move = (position: number): void => {
    const [run] = list.slice(position, position + 1);
    if (run) {
      setActiveId(run.id);
      view.reveal(position);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const at = target(event.key, active, list.count, view.perPage);
    if (at !== null) {
      event.preventDefault();
      move(at);
    } else if ((event.key === 'Enter' || event.key === ' ') && activeId) {
      event.preventDefault();
      open(activeId);
    }
  };
  const onFocus = (): void => {
    if (active < 0) {
      const position = firstActive(view, list, selected, scroller.current);
      setActiveId(list.slice(position, position + 1)[0]?.id ?? null);
    }
  };

  const items = withActive(view, active);
  return (
    <div
      ref={scroller}
      className="ds-RunList"
      role="listbox"
      aria-label={trans.__('Runs, newest first')}
      aria-activedescendant={active < 0 ? undefined : `${id}-${activeId}`}
      tabIndex={0}
      onScroll={view.onScroll}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
    >
      <div ref={runProbe} className="ds-RunList-probe ds-mod-run" aria-hidden />
      <div ref={dayProbe} className="ds-RunList-probe ds-mod-day" aria-hidden />
      <div
        className="ds-RunList-rows"
        role="presentation"
        style={{ height: view.layout.total }}
      >
        {items.map(item => (
          <Item
            key={item.kind === 'day' ? item.group.key : `run ${item.position}`}
            item={item}
            list={list}
            column={column}
            selected={selected}
            activeId={activeId}
            prefix={id}
            onOpen={open}
          />
        ))}
      </div>
    </div>
  );
}

interface ItemProps {
  readonly item: ListItem;
  readonly list: RunList;
  readonly column: MetricColumn;
  readonly selected: string | null;
  readonly activeId: string | null;
  readonly prefix: string;
  onOpen(id: string): void;
}

function Item(props: ItemProps): JSX.Element | null {
  const { item, list } = props;
  if (item.kind === 'day') {
    return <DayHead recorded={item.group.recorded} top={item.top} />;
  }
  const [run] = list.slice(item.position, item.position + 1);
  return run ? (
    <RunRow
      id={`${props.prefix}-${run.id}`}
      run={run}
      column={props.column}
      position={item.position}
      total={list.count}
      top={item.top}
      selected={run.id === props.selected}
      active={run.id === props.activeId}
      onOpen={props.onOpen}
    />
  ) : null;
}

// The same function as long as the host's is the same: rows need not be drawn again.
function useOpen(
  openRun: (id: string) => void,
  setActiveId: (id: string) => void
): (id: string) => void {
  const latest = useRef(openRun);
  latest.current = openRun;
  return useCallback(
    id => {
      setActiveId(id);
      latest.current(id);
    },
    [setActiveId]
  );
}

// The active row stays in the page when it is scrolled away: screen readers follow its id.
function withActive(view: ListWindow, active: number): readonly ListItem[] {
  const shown = view.items.some(
    item => item.kind === 'run' && item.position === active
  );
  return active < 0 || shown
    ? view.items
    : [
        ...view.items,
        { kind: 'run', position: active, top: view.layout.topOf(active) }
      ];
}

// Nothing may scroll here: focus comes with the press of a mouse button, before the click.
function firstActive(
  view: ListWindow,
  list: RunList,
  selected: string | null,
  scroller: HTMLElement | null
): number {
  const known = selected === null ? -1 : list.indexOf(selected);
  const isShown = view.items.some(
    item => item.kind === 'run' && item.position === known
  );
  return isShown ? known : view.layout.positionAt(scroller?.scrollTop ?? 0);
}

/** Where a key leads; null when it leads nowhere. */
function target(
  key: string,
  active: number,
  count: number,
  perPage: number
): number | null {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(active + 1, last);
    case 'ArrowUp':
      return Math.max(active - 1, 0);
    case 'PageDown':
      return Math.min(active + perPage, last);
    case 'PageUp':
      return Math.max(active - perPage, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}
