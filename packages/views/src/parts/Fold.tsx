/** A section of the panel with a head that folds it. */
import React, { useId, useState } from 'react';

import { Icon } from '../icons/Icon';

interface FoldProps {
  readonly title: string;
  readonly count?: string | null;
  readonly className: string;
  /** Beside the head, on the right. */
  readonly tools?: React.ReactNode;
  /** Until somebody folds or unfolds it; open when left out. */
  readonly startsOpen?: boolean;
  readonly children: React.ReactNode;
}

export function Fold(props: FoldProps): JSX.Element {
  const [said, setSaid] = useState<boolean | null>(null);
  const open = said ?? props.startsOpen ?? true;
  const id = useId();
  return (
    <section
      className={`ds-Fold ${props.className}${open ? '' : ' ds-mod-folded'}`}
      aria-labelledby={`${id}-title`}
    >
      <header className="ds-Fold-head">
        <h3 className="ds-Fold-title">
          <button
            type="button"
            className="ds-Fold-toggle"
            id={`${id}-title`}
            aria-expanded={open}
            aria-controls={`${id}-body`}
            onClick={() => setSaid(!open)}
          >
            <Icon name={open ? 'chevron-down' : 'chevron-right'} />
            {props.title}
            {props.count && (
              <span className="ds-Fold-count">{props.count}</span>
            )}
          </button>
        </h3>
        {open && props.tools}
      </header>
      <div className="ds-Fold-body" id={`${id}-body`} hidden={!open}>
        {open && props.children}
      </div>
    </section>
  );
}
