/** One item of the runs list as it is drawn: the head of a day, a run, or a group of runs. */
import type { LiveRun, RunRows } from '@dotscience/core';
import React from 'react';

import { DayHead } from './DayHead';
import { GroupRow } from './GroupRow';
import { domId, isSameKey, type RowKey } from './keys';
import type { ListItem } from './layout';
import { RunRow, type MetricColumn } from './RunRow';
import type { Folds } from './useFolds';

interface ListItemViewProps {
  readonly item: ListItem;
  readonly rows: RunRows;
  readonly running: readonly LiveRun[];
  readonly column: MetricColumn;
  readonly selected: string | null;
  readonly active: RowKey | null;
  readonly folds: Folds;
  readonly prefix: string;
  onOpen(id: string): void;
  onToggle(group: string): void;
}

export function ListItemView(props: ListItemViewProps): JSX.Element | null {
  const { item, rows, column, active, prefix } = props;
  if (item.kind === 'day') {
    return <DayHead recorded={item.group.recorded} top={item.top} />;
  }
  const row = rows.at(item.position);
  if (row?.kind === 'group') {
    return <Group {...props} name={row.group.name} top={item.top} />;
  }
  const [run] = row ? rows.list.slice(row.position, row.position + 1) : [];
  if (!row || !run) {
    return null;
  }
  const key: RowKey = { kind: 'run', id: run.id };
  return (
    <RunRow
      id={domId(prefix, key)}
      run={run}
      column={column}
      member={row.group && { place: row.place, of: row.group.positions.length }}
      inGrid={rows.hasGroups}
      position={item.position}
      total={rows.count}
      top={item.top}
      selected={run.id === props.selected}
      active={isSameKey(active, key)}
      onOpen={props.onOpen}
    />
  );
}

function Group(
  props: ListItemViewProps & { readonly name: string; readonly top: number }
): JSX.Element | null {
  const { name, rows, item, selected, folds } = props;
  const group = rows.list.groups().get(name);
  if (!group || item.kind === 'day') {
    return null;
  }
  const key: RowKey = { kind: 'group', name };
  const open = folds.isOpen(name);
  return (
    <GroupRow
      id={domId(props.prefix, key)}
      group={group}
      list={rows.list}
      column={props.column}
      running={props.running.filter(run => run.group === name).length}
      open={open}
      row={item.position}
      top={props.top}
      active={isSameKey(props.active, key)}
      selected={
        !open && selected !== null && rows.list.get(selected)?.group === name
      }
      onToggle={props.onToggle}
    />
  );
}
