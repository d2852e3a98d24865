/** A framed section of a page: icon, name, count, and what it holds. */
import React, { useId } from 'react';

import { Icon } from '../icons/Icon';
import type { IconName } from '../icons/shapes';

interface SectionProps {
  readonly icon: IconName;
  readonly title: string;
  readonly count?: string;
  /** On the right of the head. */
  readonly tools?: React.ReactNode;
  readonly className?: string;
  readonly children: React.ReactNode;
}

export function Section(props: SectionProps): JSX.Element {
  const id = useId();
  const { icon, title, count, tools, className = '' } = props;
  return (
    <section
      className={`ds-Section ${className}`.trimEnd()}
      aria-labelledby={id}
    >
      <header className="ds-Section-head">
        <Icon name={icon} />
        <h2 id={id}>{title}</h2>
        {count && <span className="ds-Section-count">{count}</span>}
        {tools && <span className="ds-Section-tools">{tools}</span>}
      </header>
      {props.children}
    </section>
  );
}
