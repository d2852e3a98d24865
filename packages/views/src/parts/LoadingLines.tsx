/** Skeleton lines while something is read; shown only when that takes a while. */
import React from 'react';

import { Delayed } from './Delayed';

export function LoadingLines(props: {
  /** What is being loaded, for screen readers. */
  readonly label: string;
  readonly className: string;
  readonly lines?: number;
}): JSX.Element {
  const { label, className, lines = 3 } = props;
  return (
    <Delayed>
      <div className={className} role="status" aria-label={label}>
        {Array.from({ length: lines }, (_, line) => (
          <i key={line} className="ds-Skeleton-line" />
        ))}
      </div>
    </Delayed>
  );
}
