/** Whether a number is better: arrow for better or worse, sign for the number, never colour alone. */
import type { Comparison } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';

interface DeltaProps {
  readonly comparison: Comparison;
  /** What is said where this run is the best. */
  readonly bestText?: string;
  /** What the difference is to, where it must be said: "to best". */
  readonly to?: string;
}

export function Delta({
  comparison,
  bestText,
  to
}: DeltaProps): JSX.Element | null {
  const trans = useTrans();
  switch (comparison.kind) {
    case 'none':
      return null;
    case 'best':
      return (
        <span className="ds-Delta ds-mod-best">
          <Icon name="best" />
          {bestText ?? trans.__('best')}
        </span>
      );
    case 'same':
      return <span className="ds-Delta">{trans.__('same')}</span>;
    case 'different':
      return (
        <span className="ds-Delta">{withReference(comparison.text, to)}</span>
      );
    default:
      return (
        <span className={`ds-Delta ds-mod-${comparison.kind}`}>
          <Icon
            name={comparison.kind}
            label={
              comparison.kind === 'better'
                ? trans.__('better')
                : trans.__('worse')
            }
          />
          {withReference(comparison.text, to)}
        </span>
      );
  }
}

const withReference = (text: string, to?: string): string =>
  to ? `${text} ${to}` : text;
