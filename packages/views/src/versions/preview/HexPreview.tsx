/** A file that is nothing we know: how large it is, and its first bytes. */
import { formatBytes, formatCount, hexRows } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../../host/trans';
import type { ReadBytes } from '../props';
import { useBytes } from './useBytes';
import { NotShown, Waiting } from './Waiting';

const FIRST = 512;

export function HexPreview(props: {
  readonly size: number;
  readonly read: ReadBytes;
}): JSX.Element {
  const { size, read } = props;
  const trans = useTrans();
  const held = useBytes(read, Math.min(size, FIRST));
  if (held.kind !== 'here') {
    return held.kind === 'failed' ? (
      <NotShown reason={held.reason} />
    ) : (
      <Waiting />
    );
  }
  const shown = held.bytes.subarray(0, FIRST);
  return (
    <>
      <p className="ds-meta ds-Preview-fact">
        {trans.__(
          '%1 (%2 bytes). Neither text nor an image:',
          formatBytes(size),
          formatCount(size)
        )}{' '}
        {shown.length < size
          ? trans.__('its first %1 bytes.', formatCount(shown.length))
          : trans.__('all its bytes.')}
      </p>
      <pre
        className="ds-Preview-text ds-mod-hex"
        tabIndex={0}
        role="region"
        aria-label={trans.__('First bytes')}
      >
        {hexRows(shown)
          .map(
            ({ offset, hex, text }) => `${offset}  ${hex.padEnd(47)}  ${text}`
          )
          .join('\n')}
      </pre>
    </>
  );
}
