/** A file that is nothing we know: how large it is, and its first bytes. */
import { formatBytes, formatCount, hexRows } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../../host/trans';
import type { ReadBytes } from '../props';
import { Held } from './Held';

const FIRST = 512;

export function HexPreview(props: {
  readonly size: number;
  readonly read: ReadBytes;
}): JSX.Element {
  const { size, read } = props;
  return (
    <Held read={read} wanted={Math.min(size, FIRST)}>
      {bytes => <Bytes size={size} shown={bytes.subarray(0, FIRST)} />}
    </Held>
  );
}

function Bytes(props: {
  readonly size: number;
  readonly shown: Uint8Array;
}): JSX.Element {
  const { size, shown } = props;
  const trans = useTrans();
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
