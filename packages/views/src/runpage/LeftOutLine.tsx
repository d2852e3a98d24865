/** What a run's snapshot leaves out of what was there, in one quiet line; examples in its tooltip. */
import { formatCount, pathText, type LeftOut } from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../host/trans';

type Kind = keyof LeftOut;

const KINDS: readonly Kind[] = [
  'owner',
  'xattr',
  'acl',
  'special',
  'mount',
  'unreadable'
];

export function LeftOutLine(props: {
  readonly leftOut: LeftOut | undefined;
}): JSX.Element | null {
  const trans = useTrans();
  const leftOut = props.leftOut ?? {};
  const kinds = KINDS.filter(kind => (leftOut[kind]?.count ?? 0) > 0);
  if (kinds.length === 0) {
    return null;
  }
  const examples = kinds.flatMap(kind =>
    (leftOut[kind]?.paths ?? []).map(path => pathText(path))
  );
  return (
    <p className="ds-Section-none" title={examples.join('\n')}>
      {trans.__(
        'Not in the snapshot: %1',
        kinds
          .map(kind => words(kind, leftOut[kind]?.count ?? 0, trans))
          .join(', ')
      )}
    </p>
  );
}

function words(kind: Kind, count: number, trans: Trans): string {
  const shown = formatCount(count);
  switch (kind) {
    case 'owner':
      return trans._n(
        'the owner of %2 file',
        'the owners of %2 files',
        count,
        shown
      );
    case 'xattr':
      return trans._n(
        'extended attributes of %2 file',
        'extended attributes of %2 files',
        count,
        shown
      );
    case 'acl':
      return trans._n(
        'the access control list of %2 file',
        'access control lists of %2 files',
        count,
        shown
      );
    case 'special':
      return trans._n(
        '%2 socket, pipe or device',
        '%2 sockets, pipes or devices',
        count,
        shown
      );
    case 'mount':
      return trans._n(
        '%2 folder of another file system',
        '%2 folders of other file systems',
        count,
        shown
      );
    case 'unreadable':
      return trans._n(
        '%2 unreadable file or folder',
        '%2 unreadable files or folders',
        count,
        shown
      );
  }
}
