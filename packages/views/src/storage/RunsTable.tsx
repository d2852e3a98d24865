/**
 * The runs by how much each alone holds: a grid of which only the visible rows are in the page. Focus
 * stays on the grid; the active row follows the keys (Enter opens, `p` pins).
 */
import {
  formatCount,
  sortedStorage,
  type RunStorage,
  type StorageColumn
} from '@dotscience/core';
import React, { useId, useMemo, useRef, useState } from 'react';

import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { rowForKey } from '../parts/list-keys';
import { Section } from '../parts/Section';
import { HOME } from '../parts/useFocusKept';
import type { StorageCallbacks } from './props';
import { RunRow } from './RunRow';
import { useRows } from './useRows';

const ROW_PX = 28;

interface RunsTableProps {
  readonly runs: readonly RunStorage[];
  readonly callbacks: Pick<StorageCallbacks, 'openRun' | 'pin'>;
}

interface Order {
  readonly column: StorageColumn;
  readonly descending: boolean;
}

export function RunsTable({ runs, callbacks }: RunsTableProps): JSX.Element {
  const trans = useTrans();
  const [order, setOrder] = useState<Order>({
    column: 'alone',
    descending: true
  });
  const sorted = useMemo(
    () => sortedStorage(runs, order.column, order.descending),
    [runs, order]
  );
  return (
    <Section
      icon="list"
      title={trans.__('What each run alone holds')}
      count={trans._n(
        '%2 run',
        '%2 runs',
        runs.length,
        formatCount(runs.length)
      )}
    >
      <Grid {...{ sorted, order, setOrder, callbacks }} />
    </Section>
  );
}

interface GridProps extends Pick<RunsTableProps, 'callbacks'> {
  readonly sorted: readonly RunStorage[];
  readonly order: Order;
  setOrder(order: Order): void;
}

function Grid({ sorted, order, setOrder, callbacks }: GridProps): JSX.Element {
  const trans = useTrans();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const rows = useRows(sorted.length, ROW_PX, scroller, ROW_PX);
  const known = sorted.findIndex(({ run }) => run === chosen);
  const active = known < 0 ? 0 : known;
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const to = rowForKey(event.key, active, sorted.length, rows.perPage);
    if (to !== null) {
      event.preventDefault();
      setChosen(sorted[to].run);
      rows.reveal(to);
    } else if (event.key === 'Enter') {
      callbacks.openRun(sorted[active].run);
    } else if (event.key === 'p' && !event.ctrlKey && !event.metaKey) {
      const { run, kept_for } = sorted[active];
      void callbacks.pin?.(run, !kept_for.includes('pinned'));
    }
  };
  const shown = sorted.slice(rows.first, rows.end);
  return (
    <div
      ref={scroller}
      className="ds-StorageRuns"
      role="grid"
      tabIndex={0}
      {...HOME}
      aria-label={trans.__('What each run alone holds')}
      aria-rowcount={sorted.length + 1}
      aria-colcount={5}
      aria-activedescendant={
        active >= rows.first && active < rows.end
          ? `${id}-${active}`
          : undefined
      }
      onScroll={rows.onScroll}
      onKeyDown={event => {
        // Buttons in it have keys of their own.
        if (event.target === event.currentTarget) {
          onKeyDown(event);
        }
      }}
    >
      <Head order={order} setOrder={setOrder} />
      <div
        role="rowgroup"
        className="ds-StorageRuns-inner"
        style={{ height: sorted.length * ROW_PX }}
      >
        {shown.map((row, n) => (
          <RunRow
            key={row.run}
            id={`${id}-${rows.first + n}`}
            row={row}
            at={rows.first + n}
            top={(rows.first + n) * ROW_PX}
            active={rows.first + n === active}
            choose={() => setChosen(row.run)}
            callbacks={callbacks}
          />
        ))}
      </div>
    </div>
  );
}

function columnsOf(
  trans: Trans
): readonly (readonly [StorageColumn, string])[] {
  return [
    ['title', trans.__('Run')],
    ['time', trans.__('When')],
    ['alone', trans.__('Holds alone')],
    ['kept', trans.__('Kept because')]
  ];
}

function Head(props: Pick<GridProps, 'order' | 'setOrder'>): JSX.Element {
  const trans = useTrans();
  const { order, setOrder } = props;
  return (
    <div role="rowgroup" className="ds-StorageRuns-head">
      <div className="ds-StorageRow ds-mod-head" role="row" aria-rowindex={1}>
        {columnsOf(trans).map(([column, name]) => {
          const is = order.column === column;
          const descending = is ? !order.descending : column !== 'title';
          return (
            <div
              key={column}
              role="columnheader"
              className={`ds-StorageRow-${column}`}
              aria-sort={
                is ? (order.descending ? 'descending' : 'ascending') : 'none'
              }
            >
              <button
                type="button"
                className="ds-Button ds-Button-plain"
                onClick={() => setOrder({ column, descending })}
              >
                {name}
                {is && <Icon name={order.descending ? 'lower' : 'higher'} />}
              </button>
            </div>
          );
        })}
        <div role="columnheader" className="ds-StorageRow-pin">
          <span className="ds-hidden">{trans.__('Pin')}</span>
        </div>
      </div>
    </div>
  );
}
