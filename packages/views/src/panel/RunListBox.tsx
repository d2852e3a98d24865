/**
 * The runs, newest first, of which only the visible rows are in the page: a listbox, or a treegrid where
 * runs have groups. Focus stays on the box; the active row follows the keys and, by what it is, whatever
 * comes above it.
 */
import { RunRows, type LiveRun, type RunList } from '@dotscience/core';
import React, {
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState
} from 'react';

import { useTrans } from '../host/trans';
import { ListItemView } from './ListItemView';
import { domId, keyOfRow, rowOfKey, type RowKey } from './keys';
import type { ListItem } from './layout';
import { actOf } from './move';
import { NewRuns } from './NewRuns';
import type { MetricColumn } from './RunRow';
import type { Folds } from './useFolds';
import { useSteady } from './useSteady';
import { useStill } from './useStill';
import { useWindow, type ListWindow } from './useWindow';

export interface RunListBoxProps {
  readonly list: RunList;
  readonly running: readonly LiveRun[];
  readonly column: MetricColumn;
  readonly selected: string | null;
  readonly folds: Folds;
  openRun(id: string): void;
  /** Told whether the pointer is in the list. */
  onPointed?(pointed: boolean): void;
}

export function RunListBox(props: RunListBoxProps): JSX.Element {
  const { selected, folds, onPointed } = props;
  const trans = useTrans();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const runProbe = useRef<HTMLDivElement>(null);
  const dayProbe = useRef<HTMLDivElement>(null);
  const still = useStill(props.list, scroller);
  const { list, pointed } = still;
  const rows = useMemo(
    () => new RunRows(list, folds.isOpen),
    [list, folds.isOpen]
  );
  const view = useWindow(rows, { scroller, runProbe, dayProbe });
  useSteady(scroller, inner, pointed);
  useEffect(() => onPointed?.(pointed), [onPointed, pointed]);
  const [activeKey, setActiveKey] = useState<RowKey | null>(null);
  const active = useMemo(
    () => (activeKey === null ? -1 : rowOfKey(rows, activeKey)),
    [rows, activeKey]
  );
  const open = useOpen(props.openRun, setActiveKey);
  const toggle = (name: string): void => {
    setActiveKey({ kind: 'group', name });
    folds.set(name, !folds.isOpen(name));
  };

  const onKeyDown = (event: React.KeyboardEvent): void => {
    const { perPage } = view;
    const act = actOf(event.key, {
      rows,
      active,
      perPage,
      isOpen: folds.isOpen
    });
    if (!act) {
      return;
    }
    event.preventDefault();
    still.handlers.onKeyDown();
    if (act.kind === 'fold') {
      folds.set(act.group, act.open);
      return;
    }
    const key = keyOfRow(rows, act.row);
    if (act.kind === 'open' && key?.kind === 'run') {
      open(key.id);
    } else if (key) {
      setActiveKey(key);
      view.reveal(act.row);
    }
  };
  const onFocus = (): void => {
    if (active < 0) {
      setActiveKey(firstActive(view, rows, selected, scroller.current));
    }
  };
  const showNew = (): void => {
    still.release();
    scroller.current?.scrollTo?.({ top: 0 });
    view.onScroll();
  };

  const current = active < 0 ? null : keyOfRow(rows, active);
  return (
    <>
      <NewRuns count={still.waiting} show={showNew} />
      <div
        ref={scroller}
        className="ds-RunList"
        role={rows.hasGroups ? 'treegrid' : 'listbox'}
        aria-rowcount={rows.hasGroups ? rows.count : undefined}
        aria-label={trans.__('Runs, newest first')}
        aria-activedescendant={current ? domId(id, current) : undefined}
        tabIndex={0}
        onScroll={() => {
          view.onScroll();
          still.onScroll();
        }}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
        onBlur={still.handlers.onBlur}
        onPointerEnter={still.handlers.onPointerEnter}
        onPointerLeave={still.handlers.onPointerLeave}
        onPointerDown={still.handlers.onPointerDown}
      >
        <div
          ref={runProbe}
          className="ds-RunList-probe ds-mod-run"
          aria-hidden
        />
        <div
          ref={dayProbe}
          className="ds-RunList-probe ds-mod-day"
          aria-hidden
        />
        <div
          ref={inner}
          className="ds-RunList-rows"
          role="presentation"
          style={{ height: view.layout.total }}
        >
          {withActive(view, active).map(item => (
            <ListItemView
              key={keyOf(item, view)}
              {...props}
              item={item}
              rows={rows}
              active={current}
              prefix={id}
              onOpen={open}
              onToggle={toggle}
            />
          ))}
        </div>
      </div>
    </>
  );
}

// The same function as long as the host's is the same: rows need not be drawn again.
function useOpen(
  openRun: (id: string) => void,
  setActive: (key: RowKey) => void
): (id: string) => void {
  const latest = useRef(openRun);
  latest.current = openRun;
  return useCallback(
    id => {
      setActive({ kind: 'run', id });
      latest.current(id);
    },
    [setActive]
  );
}

// A row that comes into view takes the nodes of one that went: making them anew costs twice as much.
function keyOf(item: ListItem, { items, capacity }: ListWindow): string {
  if (item.kind === 'day') {
    return item.group.key;
  }
  return items.includes(item) ? `row ${item.position % capacity}` : 'active';
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
  rows: RunRows,
  selected: string | null,
  scroller: HTMLElement | null
): RowKey | null {
  const known =
    selected === null ? -1 : rowOfKey(rows, { kind: 'run', id: selected });
  const isShown = view.items.some(
    item => item.kind === 'run' && item.position === known
  );
  const row = isShown
    ? known
    : view.layout.positionAt(scroller?.scrollTop ?? 0);
  return keyOfRow(rows, row);
}
