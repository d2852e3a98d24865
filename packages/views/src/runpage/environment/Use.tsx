/** What the machine did while a run went on: processor, memory, GPU over time, as small charts. */
import { formatNumber, lineOf, type Run, type Series } from '@dotscience/core';
import React, { useEffect, useId, useMemo } from 'react';

import { LineChart } from '../../charts/LineChart';
import type { ChartLine } from '../../charts/props';
import { useTrans, type Trans } from '../../host/trans';
import { Section } from '../../parts/Section';
import { dataOf, type RunParts } from '../parts';
import type { RunPageCallbacks } from '../props';

const SYSTEM = 'system/';

export function Use(props: {
  readonly run: Run;
  readonly part: RunParts['curves'];
  readonly want: RunPageCallbacks['wantCurves'];
}): JSX.Element | null {
  const { part, run, want } = props;
  const trans = useTrans();
  const sync = useId();
  const { id } = run;
  useEffect(() => {
    want?.({ keys: [`${SYSTEM}*`], axis: 'time', range: null, before: null });
    // `want` is made anew with every drawing of the host.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id]);
  const own = dataOf(part)?.own;
  const shown = useMemo(
    () =>
      (own ?? []).filter(
        ({ key, count }) => key.startsWith(SYSTEM) && count > 1
      ),
    [own]
  );
  if (shown.length === 0) {
    return null;
  }
  return (
    <Section
      className="ds-Use"
      icon="curve"
      title={trans.__('Use of the machine')}
    >
      <div className="ds-Curves-grid ds-mod-small">
        {shown.map(series => (
          <UseChart key={series.key} series={series} sync={sync} />
        ))}
      </div>
    </Section>
  );
}

function UseChart(props: {
  readonly series: Series;
  readonly sync: string;
}): JSX.Element {
  const { series, sync } = props;
  const trans = useTrans();
  const { title, scale } = useMemo(
    () => nameOf(series.key, trans),
    [series.key, trans]
  );
  const lines = useMemo<ChartLine[]>(() => {
    const line = lineOf(series, 'time');
    const y = line.y.map(value => (value === null ? null : value / scale));
    const last = y.filter(value => value !== null).slice(-1)[0];
    return [
      {
        name: title,
        colour: 1,
        look: 'solid',
        line: { x: line.x, y },
        end: last === undefined ? null : formatNumber(last)
      }
    ];
  }, [series, title, scale]);
  return (
    <LineChart
      title={title}
      lines={lines}
      sentence={trans.__(
        '%1: between %2 and %3.',
        title,
        readable(series.min, scale),
        readable(series.max, scale)
      )}
      unit={trans.__('s')}
      formatX={formatNumber}
      sync={sync}
      height={104}
    />
  );
}

const readable = (value: Series['min'], scale: number): string =>
  typeof value === 'number' ? formatNumber(value / scale) : '–';

const GB = 1e9;
const MB = 1e6;

/** What a key of `docs/formats/points.md` measures, and by what its numbers are divided. */
function nameOf(key: string, trans: Trans): { title: string; scale: number } {
  const name = key.slice(SYSTEM.length);
  const gpu = /^gpu(\d+)_(percent|memory_bytes)$/.exec(name);
  if (gpu) {
    return gpu[2] === 'percent'
      ? { title: trans.__('GPU %1, %', gpu[1]), scale: 1 }
      : { title: trans.__('GPU %1 memory, GB', gpu[1]), scale: GB };
  }
  switch (name) {
    case 'cpu_percent':
      return { title: trans.__('Processor, % of one core'), scale: 1 };
    case 'memory_bytes':
      return { title: trans.__('Memory, GB'), scale: GB };
    case 'machine_memory_bytes':
      return { title: trans.__('Memory of the machine, GB'), scale: GB };
    case 'read_bytes_per_s':
      return { title: trans.__('Read, MB a second'), scale: MB };
    default:
      return { title: name, scale: 1 };
  }
}
