/** A text: its beginning at once, more of it on request. */
import { decodeText, formatBytes, looksLikeText } from '@dotscience/core';
import React, { useMemo, useState } from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import type { ReadBytes } from '../props';
import { HexPreview } from './HexPreview';
import { useBytes } from './useBytes';
import { NotShown, Waiting } from './Waiting';

const FIRST = 256 * 1024;
/** What a page bears as one text. */
const MOST = 8 * 1024 * 1024;

interface TextPreviewProps {
  readonly name: string;
  readonly size: number;
  readonly read: ReadBytes;
}

export function TextPreview(props: TextPreviewProps): JSX.Element {
  const { name, size, read } = props;
  const trans = useTrans();
  const [wanted, setWanted] = useState(Math.min(size, FIRST));
  const held = useBytes(read, wanted);
  const bytes = held.kind === 'here' ? held.bytes : null;
  const whole = bytes !== null && bytes.length >= size;
  const isText = useMemo(
    () => bytes === null || looksLikeText(bytes, whole),
    [bytes, whole]
  );
  const text = useMemo(
    () => (bytes === null ? '' : decodeText(bytes, whole)),
    [bytes, whole]
  );
  if (held.kind === 'failed') {
    return <NotShown reason={held.reason} />;
  }
  if (held.kind === 'waiting' || bytes === null) {
    return <Waiting />;
  }
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
              unavailable={held.busy ? trans.__('More is on its way') : null}
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
