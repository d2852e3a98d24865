/** Owns buttons. A view has at most one `filled` one; an icon alone has its name as label and tooltip. */
import React from 'react';

import { Icon } from '../icons/Icon';
import type { IconName } from '../icons/shapes';

interface ButtonProps {
  readonly look?: 'filled' | 'line' | 'plain' | 'link';
  readonly icon?: IconName;
  readonly wide?: boolean;
  readonly children: string;
  readonly title?: string;
  /** Said instead of the text where the text alone is not clear. */
  readonly label?: string;
  /** Why it cannot be used now: it stays focusable and says so. */
  readonly unavailable?: string | null;
  /** It takes the focus when it appears: what stood in its place closed. */
  readonly autoFocus?: boolean;
  onClick(): void;
}

export function Button(props: ButtonProps): JSX.Element {
  const { look = 'line', icon, wide, children, unavailable } = props;
  const classes = ['ds-Button', `ds-Button-${look}`, wide && 'ds-mod-wide'];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(' ')}
      title={unavailable ?? props.title}
      aria-label={props.label}
      autoFocus={props.autoFocus}
      aria-disabled={unavailable ? true : undefined}
      onClick={unavailable ? undefined : props.onClick}
    >
      {icon && <Icon name={icon} />}
      <span className="ds-Button-text">{children}</span>
    </button>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly className?: string;
  onClick(): void;
}

export function IconButton(props: IconButtonProps): JSX.Element {
  const { icon, label, className = '', onClick } = props;
  return (
    <button
      type="button"
      className={`ds-IconButton ${className}`.trimEnd()}
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
