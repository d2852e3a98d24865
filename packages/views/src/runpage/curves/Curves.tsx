/** The curves of a run: one chart a metric, the same metric on other data together. */
import {
  directionOf,
  formatCount,
  formatNumber,
  inReadingOrder,
  type Directions,
  type Run,
  type RunSummary
} from '@dotscience/core';
import React, { useId, useMemo } from 'react';

import { LineChart } from '../../charts/LineChart';
import { useTrans, type Trans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { Section } from '../../parts/Section';
import { dataOf, type RunParts } from '../parts';
import type { RunPageCallbacks } from '../props';
import { Failure } from '../../parts/Failure';
import { Controls, Range } from './Controls';
import { chartData } from './lines';
import { isCurve, useCurves, type CurvesView } from './useCurves';

/** From so many charts on they can be filtered. */
const MANY = 8;

interface CurvesProps {
  readonly run: Run;
  readonly parts: RunParts;
  /** The metric that comes first. */
  readonly headline: string | null;
  readonly before: RunSummary | null;
  readonly directions: Directions;
  readonly callbacks: RunPageCallbacks;
}

export function Curves(props: CurvesProps): JSX.Element | null {
  const { run, parts, headline, before, directions, callbacks } = props;
  const trans = useTrans();
  const heads = dataOf(parts.heads);
  const curves = useMemo(
    () => inReadingOrder((heads ?? []).filter(isCurve), headline, directions),
    [heads, headline, directions]
  );
  const keys = curves.map(({ key }) => key);
  const view = useCurves(
    keys,
    before && before.curves > 0 ? before.id : null,
    callbacks.wantCurves
  );
  if (run.curves === 0 && keys.length === 0) {
    return null;
  }
  const points = curves.reduce((sum, { count }) => sum + count, 0);
  return (
    <Section
      className="ds-Curves"
      icon="curve"
      title={trans.__('Curves')}
      count={
        keys.length === 0
          ? undefined
          : `${trans._n('%2 metric', '%2 metrics', keys.length, formatCount(keys.length))}, ${trans._n('%2 point', '%2 points', points, formatCount(points))}`
      }
      tools={<Controls view={view} />}
    >
      <Charts {...props} view={view} />
      <footer className="ds-Curves-foot">
        {(keys.length > MANY || view.filter) && (
          <Filter view={view} count={keys.length} />
        )}
        {view.more > 0 && (
          <Button onClick={view.showMore}>
            {trans._n(
              'Show more: %2 chart',
              'Show more: %2 charts',
              view.more,
              formatCount(view.more)
            )}
          </Button>
        )}
        <Range view={view} />
      </footer>
    </Section>
  );
}

function Charts(
  props: CurvesProps & { readonly view: CurvesView }
): JSX.Element {
  const { parts, view } = props;
  const sync = useId();
  if (parts.curves.kind === 'failed') {
    return <Failure error={parts.curves.error} retry={props.callbacks.retry} />;
  }
  if (parts.heads.kind === 'failed') {
    return <Failure error={parts.heads.error} retry={props.callbacks.retry} />;
  }
  return (
    <div className="ds-Curves-grid">
      {view.groups.map(group => (
        <OneChart key={group.title} {...props} group={group} sync={sync} />
      ))}
    </div>
  );
}

function OneChart(
  props: CurvesProps & {
    readonly view: CurvesView;
    readonly group: CurvesView['groups'][number];
    readonly sync: string;
  }
): JSX.Element {
  const { group, view, parts, directions, sync } = props;
  const trans = useTrans();
  const curves = dataOf(parts.curves);
  const { smoothing } = view;
  const data = useMemo(
    () =>
      curves &&
      chartData(
        {
          group,
          own: curves.own,
          before: curves.before,
          axis: curves.axis,
          smoothing,
          direction: directionOf(group.members[0].key, directions)
        },
        trans
      ),
    [curves, group, smoothing, directions, trans]
  );
  if (!data || !curves) {
    return <div className="ds-Chart ds-mod-waiting" aria-hidden />;
  }
  return (
    <LineChart
      {...data}
      title={group.title}
      range={curves.axis === view.axis ? view.range : null}
      onRange={view.setRange}
      unit={curves.axis === 'step' ? trans.__('step') : trans.__('time')}
      formatX={curves.axis === 'step' ? formatStep : formatSeconds(trans)}
      sync={sync}
    />
  );
}

function Filter(props: {
  readonly view: CurvesView;
  readonly count: number;
}): JSX.Element {
  const trans = useTrans();
  const { view, count } = props;
  const label = trans.__('Filter %1 metrics', formatCount(count));
  return (
    <input
      type="search"
      className="ds-Input ds-Curves-filter"
      placeholder={label}
      aria-label={label}
      value={view.filter}
      onChange={event => view.setFilter(event.target.value)}
    />
  );
}

const formatStep = (x: number): string => formatNumber(x);

const inSeconds = new WeakMap<Trans, (x: number) => string>();

// One function for one translation: a chart is made anew when its functions are.
function formatSeconds(trans: Trans): (x: number) => string {
  const known = inSeconds.get(trans);
  if (known) {
    return known;
  }
  const format = (x: number): string =>
    x < 120
      ? trans.__('%1 s', formatNumber(x))
      : x < 7_200
        ? trans.__('%1 min', formatNumber(x / 60, x % 60 === 0 ? 0 : 1))
        : trans.__('%1 h', formatNumber(x / 3_600, 1));
  inSeconds.set(trans, format);
  return format;
}
