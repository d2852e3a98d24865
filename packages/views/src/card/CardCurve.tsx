/** The curve of a run's metric on its card, with the best of all as a dashed line. */
import {
  directionOf,
  type Directions,
  type RunList,
  type RunSummary
} from '@dotscience/core';
import React, { useEffect } from 'react';

import { useTrans } from '../host/trans';
import { Sparkline } from '../parts/Sparkline';
import type { RunCardProps } from './props';

interface CardCurveProps extends Pick<RunCardProps, 'curves' | 'wantCurve'> {
  readonly summary: RunSummary | null;
  readonly metric: string | null;
  readonly list: RunList;
  readonly directions: Directions;
}

export function CardCurve(props: CardCurveProps): JSX.Element | null {
  const { summary, metric, list, directions, curves, wantCurve } = props;
  const trans = useTrans();
  const id = summary && summary.curves > 0 ? summary.id : null;
  useEffect(() => {
    if (id !== null && metric !== null) {
      wantCurve?.(id, metric);
    }
    // `wantCurve` is made anew with every drawing of the host.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, metric]);
  const series = id === null ? null : (curves?.get(id) ?? null);
  if (!series || metric === null || series.key !== metric) {
    return null;
  }
  const best = list.best(metric, directionOf(metric, directions));
  return (
    <div className="ds-RunCard-curve">
      <Sparkline
        series={series}
        reference={best?.value ?? null}
        label={trans._n(
          'Curve of %2: %1 point',
          'Curve of %2: %1 points',
          series.count,
          metric
        )}
      />
    </div>
  );
}
