/** The question whether to keep bytes that were held back for their size, and what that takes. */
import { formatBytes, formatCount, type Cost } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { PathText } from '../parts/PathText';

const LARGEST = 4;

interface HeldBackProps {
  readonly cost: Cost;
  track(keep: boolean): void;
}

/** Whether there is something to ask. */
export const isHeldBack = ({
  held_back_bytes,
  held_back_files
}: Cost): boolean => held_back_bytes > 0 || held_back_files > 0;

export function HeldBack({ cost, track }: HeldBackProps): JSX.Element | null {
  const trans = useTrans();
  if (!isHeldBack(cost)) {
    return null;
  }
  const bytes = formatBytes(cost.held_back_bytes);
  return (
    <div className="ds-HeldBack">
      <p>
        <b>{trans.__('%1 held back.', bytes)}</b>{' '}
        {trans._n(
          '%2 file is known by size and time only.',
          '%2 files are known by size and time only.',
          cost.held_back_files,
          formatCount(cost.held_back_files)
        )}
      </p>
      <ul
        className="ds-HeldBack-largest"
        aria-label={trans.__('Largest folders')}
      >
        {cost.largest.slice(0, LARGEST).map(folder => (
          <li key={folder.path}>
            <PathText path={folder.path || '.'} mono />
            <span>{formatBytes(folder.bytes)}</span>
          </li>
        ))}
      </ul>
      <p className="ds-meta">
        {trans.__(
          'Keeping all takes about %1 of the %2 free.',
          bytes,
          formatBytes(cost.free_bytes)
        )}
      </p>
      {cost.agreed === false ? (
        <Button look="link" onClick={() => track(true)}>
          {trans.__('Track this folder')}
        </Button>
      ) : (
        <div className="ds-Actions">
          <Button onClick={() => track(true)}>
            {trans.__('Track this folder')}
          </Button>
          <Button look="plain" onClick={() => track(false)}>
            {trans.__('Go on without')}
          </Button>
        </div>
      )}
    </div>
  );
}
