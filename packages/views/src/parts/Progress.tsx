/** A bar for what goes on; without a total it only says that something does. */
import React from 'react';

export function Progress(props: {
  readonly done: number;
  readonly total: number | null;
  readonly label: string;
}): JSX.Element {
  const { done, total, label } = props;
  const share = total ? Math.min(done / total, 1) : null;
  return (
    <div
      className={`ds-Progress${share === null ? ' ds-mod-unknown' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : Math.round(share * 100)}
    >
      <div
        className="ds-Progress-done"
        style={share === null ? undefined : { width: `${share * 100}%` }}
      />
    </div>
  );
}
