/** Names and values in two columns; what is not known is left out. */
import React from 'react';

export type FactRow = readonly [name: string, value: React.ReactNode];

export function Facts({
  rows
}: {
  readonly rows: readonly FactRow[];
}): JSX.Element {
  return (
    <dl className="ds-Facts">
      {rows
        .filter(
          ([, value]) => value !== null && value !== undefined && value !== ''
        )
        .map(([name, value]) => (
          <div key={name} className="ds-Facts-row">
            <dt title={name}>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
