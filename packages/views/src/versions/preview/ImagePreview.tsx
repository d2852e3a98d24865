/** An image: PNG, JPEG, GIF or WebP by its bytes, whatever its name says. */
import { formatCount, imageType } from '@dotscience/core';
import React, { useEffect, useState } from 'react';

import { useTrans } from '../../host/trans';
import type { ReadBytes } from '../props';
import { Held } from './Held';
import { HexPreview } from './HexPreview';
import { AskFirst } from './Waiting';

/** Larger ones are shown when asked for. */
const AT_ONCE = 8 * 1024 * 1024;

interface ImagePreviewProps {
  readonly name: string;
  readonly size: number;
  readonly read: ReadBytes;
}

export function ImagePreview(props: ImagePreviewProps): JSX.Element {
  const { name, size, read } = props;
  const [asked, setAsked] = useState(size <= AT_ONCE);
  if (!asked) {
    return <AskFirst bytes={size} show={() => setAsked(true)} />;
  }
  return (
    <Held read={read} wanted={size}>
      {bytes => {
        const type = imageType(bytes);
        return type === null ? (
          <HexPreview {...props} />
        ) : (
          <Picture name={name} bytes={bytes} type={type} />
        );
      }}
    </Held>
  );
}

function Picture(props: {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}): JSX.Element {
  const { name, bytes, type } = props;
  const trans = useTrans();
  const [url, setUrl] = useState<string | null>(null);
  const [size, setSize] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  if (broken) {
    return (
      <p className="ds-Preview-none">
        {trans.__('The image is damaged and cannot be shown.')}
      </p>
    );
  }
  return (
    <figure className="ds-Preview-image">
      {url !== null && (
        <img
          src={url}
          alt={trans.__('Image %1', name)}
          decoding="async"
          onError={() => setBroken(true)}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            setSize(
              `${formatCount(naturalWidth)} \u00d7 ${formatCount(naturalHeight)}`
            )
          }
        />
      )}
      <figcaption className="ds-meta">
        {[type.replace('image/', '').toUpperCase(), size]
          .filter(Boolean)
          .join(', ')}
      </figcaption>
    </figure>
  );
}
