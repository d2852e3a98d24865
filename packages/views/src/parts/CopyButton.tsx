/** A copy button that says for two seconds that it copied. */
import React, { useEffect, useState } from 'react';

import { useTrans } from '../host/trans';
import { IconButton } from './Button';

const SAID_MS = 2_000;

export function CopyButton(props: {
  readonly label: string;
  copy(): void;
}): JSX.Element {
  const trans = useTrans();
  const [copied, setCopied] = useState(0);
  useEffect(() => {
    if (copied === 0) {
      return;
    }
    const timer = setTimeout(() => setCopied(0), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const onClick = (): void => {
    props.copy();
    setCopied(times => times + 1);
  };
  return (
    <>
      <IconButton
        icon={copied ? 'check' : 'copy'}
        label={copied ? trans.__('Copied') : props.label}
        onClick={onClick}
      />
      <span className="ds-hidden" role="status">
        {copied ? trans.__('Copied') : ''}
      </span>
    </>
  );
}
