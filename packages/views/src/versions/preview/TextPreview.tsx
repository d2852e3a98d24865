/** A text: its beginning at once, more of it on request. */
import { decodeText, formatBytes, looksLikeText } from '@dotscience/core';
import React, { useMemo, useState } from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import type { ReadBytes } from '../props';
import { Held } from './Held';
import { HexPreview } from './HexPreview';

const FIRST = 256 * 1024;
/** What a page bears as one text. */
const MOST = 8 * 1024 * 1024;

interface TextPreviewProps {
  readonly name: string;
  readonly size: number;
  readonly read: ReadBytes;
}

export function TextPreview(props: TextPreviewProps): JSX.Element {
  const { size, read } = props;
  const [wanted, setWanted] = useState(Math.min(size, FIRST));
  return (
    <Held read={read} wanted={wanted}>
      {(bytes, busy) => (
        <Text {...props} {...{ bytes, busy, wanted, setWanted }} />
      )}
    </Held>
  );
}

interface TextProps extends TextPreviewProps {
  readonly bytes: Uint8Array;
  /** More is on its way. */
  readonly busy: boolean;
  readonly wanted: number;
  setWanted(bytes: number): void;
}

function Text(props: TextProps): JSX.Element {
  const { name, size, bytes, busy, wanted, setWanted } = props;
  const trans = useTrans();
  const whole = bytes.length >= size;
  const isText = useMemo(() => looksLikeText(bytes, whole), [bytes, whole]);
  const text = useMemo(() => decodeText(bytes, whole), [bytes, whole]);
  if (!isText) {
    return <HexPreview {...props} />;
  }
  return (
    <>
      <pre
        className="ds-Preview-text"
        tabIndex={0}
        role="region"
        aria-label={trans.__('Text of %1', name)}
      >
        {text}
      </pre>
      {bytes.length < size && (
        <div className="ds-Preview-bar">
          <span className="ds-meta">
            {trans.__(
              'The first %1 of %2.',
              formatBytes(bytes.length),
              formatBytes(size)
            )}
            {bytes.length >= MOST &&
              ` ${trans.__('Download it for the rest.')}`}
          </span>
          {bytes.length < MOST && (
            <Button
              unavailable={busy ? trans.__('More is on its way') : null}
              onClick={() => setWanted(Math.min(size, wanted * 4, MOST))}
            >
              {size <= Math.min(wanted * 4, MOST)
                ? trans.__('Show the rest')
                : trans.__('Show more')}
            </Button>
          )}
        </div>
      )}
    </>
  );
}
