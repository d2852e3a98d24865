/** The section of runs: how many, by which metric, and the list. */
import {
  columnDecimals,
  directionOf,
  finite,
  formatCount,
  listMetric,
  metricOf,
  metricsToChoose,
  type Directions,
  type LiveRun,
  type RunList
} from '@dotscience/core';
import React, { useMemo } from 'react';

import { useTrans } from '../host/trans';
import { Fold } from '../parts/Fold';
import { MetricChooser } from './MetricChooser';
import type { WorkspacePanelCallbacks } from './props';
import { RunListBox } from './RunListBox';
import type { MetricColumn } from './RunRow';
import type { Folds } from './useFolds';

/** How many of the newest runs decide the column's precision. */
const RECENT = 60;

interface RunsSectionProps {
  readonly list: RunList;
  readonly running: readonly LiveRun[];
  readonly folds: Folds;
  onPointed(pointed: boolean): void;
  readonly column: MetricColumn;
  readonly selected: string | null;
  readonly callbacks: WorkspacePanelCallbacks;
}

export function RunsSection(props: RunsSectionProps): JSX.Element {
  const { list, column, callbacks } = props;
  const trans = useTrans();
  const metrics = useMemo(() => metricsToChoose(list), [list]);
  return (
    <Fold
      className="ds-Runs"
      title={trans.__('Runs')}
      count={formatCount(list.count)}
      tools={
        column.metric !== null && (
          <MetricChooser
            metrics={metrics}
            chosen={column.metric}
            direction={column.direction}
            chooseMetric={callbacks.chooseMetric}
            setDirection={callbacks.setDirection}
          />
        )
      }
    >
      <RunListBox
        list={list}
        running={props.running}
        column={column}
        selected={props.selected}
        folds={props.folds}
        onPointed={props.onPointed}
        openRun={callbacks.openRun}
      />
    </Fold>
  );
}

/** What the list shows beside each run: the same object as long as nothing of it changes. */
export function useMetricColumn(
  list: RunList,
  chosen: string | null,
  directions: Directions
): MetricColumn {
  const metric = useMemo(
    () => listMetric(list, chosen, directions),
    [list, chosen, directions]
  );
  const direction =
    metric === null ? 'unknown' : directionOf(metric, directions);
  const best = useMemo(
    () => (metric === null ? null : list.best(metric, direction)),
    [list, metric, direction]
  );
  const decimals = useMemo(() => precision(list, metric), [list, metric]);
  const seq = best?.seq;
  const value = best?.value;
  return useMemo(
    () => ({
      metric,
      direction,
      best: seq === undefined || value === undefined ? null : { seq, value },
      decimals
    }),
    [metric, direction, seq, value, decimals]
  );
}

function precision(list: RunList, metric: string | null): number {
  const recent = list.slice(0, RECENT).flatMap(run => {
    const value = metric === null ? null : metricOf(run, metric);
    return (value && finite(value)) ?? [];
  });
  return columnDecimals(recent);
}
