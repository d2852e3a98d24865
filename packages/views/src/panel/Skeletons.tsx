/** What stands where runs will be, once loading takes long enough to be seen. */
import React from 'react';

import { useTrans } from '../host/trans';
import { Delayed } from '../parts/Delayed';
import { Fold } from '../parts/Fold';

const ROWS = [82, 58, 72, 44, 67, 53];

export function Skeletons(): JSX.Element {
  const trans = useTrans();
  return (
    <Delayed>
      <Fold className="ds-Runs" title={trans.__('Runs')}>
        <div
          className="ds-Skeletons"
          role="status"
          aria-label={trans.__('Loading runs')}
        >
          {ROWS.map(width => (
            <div key={width} className="ds-Skeleton" aria-hidden>
              <i className="ds-Skeleton-dot" />
              <i className="ds-Skeleton-line" style={{ width: `${width}%` }} />
              <i
                className="ds-Skeleton-line ds-mod-small"
                style={{ width: `${width * 0.6}%` }}
              />
            </div>
          ))}
        </div>
      </Fold>
    </Delayed>
  );
}
