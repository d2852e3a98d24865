/** Draws an icon of the set in the colour of its text. */
import React from 'react';

import { DRAWINGS, type Drawing, type IconName } from './shapes';

interface IconProps {
  readonly name: IconName;
  /** Said by screen readers; without it the icon is decoration beside its word. */
  readonly label?: string;
  readonly className?: string;
}

export function Icon({ name, label, className = '' }: IconProps): JSX.Element {
  const {
    lines = [],
    fills = [],
    cuts = [],
    accents = []
  }: Drawing = DRAWINGS[name];
  const spoken = label
    ? { role: 'img', 'aria-label': label }
    : { 'aria-hidden': true };
  return (
    <svg
      className={`ds-Icon ds-Icon-${name} ${className}`.trimEnd()}
      viewBox="0 0 16 16"
      focusable="false"
      {...spoken}
    >
      {lines.map(d => (
        <path key={d} className="ds-Icon-line" d={d} />
      ))}
      {fills.map(d => (
        <path key={d} className="ds-Icon-fill" d={d} />
      ))}
      {cuts.map(d => (
        <path key={d} className="ds-Icon-cut" d={d} />
      ))}
      {accents.map(d => (
        <path key={d} className="ds-Icon-accent" d={d} />
      ))}
    </svg>
  );
}
