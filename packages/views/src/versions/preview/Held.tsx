/** What a preview shows of a file's first bytes, once they are there. */
import React from 'react';

import type { ReadBytes } from '../props';
import { useBytes } from './useBytes';
import { NotShown, Waiting } from './Waiting';

export function Held(props: {
  readonly read: ReadBytes;
  /** How many bytes from the start; 0 asks for nothing. */
  readonly wanted: number;
  /** `busy`: more was asked for and is on its way. */
  children(bytes: Uint8Array<ArrayBuffer>, busy: boolean): JSX.Element;
}): JSX.Element {
  const held = useBytes(props.read, props.wanted);
  switch (held.kind) {
    case 'waiting':
      return <Waiting />;
    case 'failed':
      return <NotShown reason={held.reason} />;
    case 'here':
      return props.children(held.bytes, held.busy);
  }
}
