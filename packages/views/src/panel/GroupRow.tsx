/** A group of runs as one row: its name, how many, when, the best of them. Unfolds to its runs. */
import {
  compare,
  formatCount,
  formatFull,
  formatNumber,
  type Comparison,
  type RunGroup,
  type RunList
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Delta } from '../parts/Delta';
import { useMoment } from '../parts/useMoment';
import type { MetricColumn } from './RunRow';

interface GroupRowProps {
  readonly id: string;
  readonly group: RunGroup;
  readonly list: RunList;
  readonly column: MetricColumn;
  readonly running: number;
  readonly open: boolean;
  readonly row: number;
  readonly top: number;
  readonly active: boolean;
  /** The run whose page is open is one of its folded ones. */
  readonly selected: boolean;
  onToggle(name: string): void;
}

export function GroupRow(props: GroupRowProps): JSX.Element {
  const trans = useTrans();
  const { group, list, column, open } = props;
  const { name, positions } = group;
  const { metric, direction, decimals } = column;
  const best = metric === null ? null : list.bestIn(name, metric, direction);
  const classes = [
    'ds-RunRow',
    'ds-mod-group',
    props.active && 'ds-mod-active',
    props.selected && 'ds-mod-selected'
  ];
  return (
    <div
      id={props.id}
      role="row"
      aria-level={1}
      aria-expanded={open}
      aria-rowindex={props.row + 1}
      className={classes.filter(Boolean).join(' ')}
      style={{ top: props.top }}
      onClick={() => props.onToggle(name)}
    >
      <div role="gridcell" className="ds-RunRow-cell">
        <span className="ds-Glyph">
          <Icon name={open ? 'chevron-down' : 'chevron-right'} />
        </span>
        <span className="ds-RunRow-title" title={trans.__('Group %1', name)}>
          <span className="ds-hidden">{trans.__('Group')} </span>
          {name}
        </span>
        <span className="ds-RunRow-meta">
          {trans._n(
            '%2 run',
            '%2 runs',
            positions.length,
            formatCount(positions.length)
          )}
          {props.running > 0 && (
            <span className="ds-RunRow-running">
              {' · '}
              {trans.__('%1 running', formatCount(props.running))}
            </span>
          )}
          {' · '}
          <Span list={list} group={group} />
        </span>
        <span className="ds-RunRow-value">
          {best ? formatNumber(best.value, decimals) : '\u2014'}
        </span>
        <span className="ds-RunRow-delta">
          {best ? (
            <Delta comparison={comparison(best, column)} />
          ) : (
            trans.__('no metric')
          )}
        </span>
      </div>
    </div>
  );
}

/** From the oldest to the newest run. */
function Span(props: {
  readonly list: RunList;
  readonly group: RunGroup;
}): JSX.Element {
  const moment = useMoment();
  const { zone } = useClock();
  const { list, group } = props;
  const newest = list.recordedAt(group.positions[0]);
  const oldest = list.recordedAt(group.positions[group.positions.length - 1]);
  const [from, to] = [moment(oldest), moment(newest)];
  return (
    <time title={`${formatFull(oldest, zone)} – ${formatFull(newest, zone)}`}>
      {from === to ? to : `${from} – ${to}`}
    </time>
  );
}

function comparison(
  best: { readonly seq: number; readonly value: number },
  column: MetricColumn
): Comparison {
  return best.seq === column.best?.seq
    ? { kind: 'best' }
    : compare(
        best.value,
        column.best?.value ?? null,
        column.direction,
        column.decimals
      );
}
