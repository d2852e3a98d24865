/** Which metric the list shows, and which way it gets better. */
import type { Direction } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { IconButton } from '../parts/Button';
import type { WorkspacePanelCallbacks } from './props';

interface MetricChooserProps {
  readonly metrics: readonly string[];
  readonly chosen: string;
  readonly direction: Direction;
  readonly chooseMetric: WorkspacePanelCallbacks['chooseMetric'];
  readonly setDirection?: WorkspacePanelCallbacks['setDirection'];
}

export function MetricChooser(props: MetricChooserProps): JSX.Element {
  const { metrics, chosen, direction, setDirection } = props;
  const trans = useTrans();
  const icons = { max: 'higher', min: 'lower', unknown: 'either-way' } as const;
  const words = {
    max: trans.__('Higher %1 is better. Change', chosen),
    min: trans.__('Lower %1 is better. Change', chosen),
    unknown: trans.__('Say which way %1 gets better', chosen)
  };
  return (
    <div className="ds-MetricChooser">
      <select
        aria-label={trans.__('Metric shown in the list')}
        title={chosen}
        value={chosen}
        onChange={event => props.chooseMetric(event.target.value)}
      >
        {metrics.map(metric => (
          <option key={metric} value={metric}>
            {metric}
          </option>
        ))}
      </select>
      {setDirection && (
        <IconButton
          icon={icons[direction]}
          label={words[direction]}
          onClick={() =>
            setDirection(chosen, direction === 'max' ? 'min' : 'max')
          }
        />
      )}
    </div>
  );
}
