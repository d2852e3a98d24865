/** How much a pattern names, and what keeping that would add. */
import { wouldAdd, type Keeping, type PathPolicy } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { useAnswer } from '../parts/useAnswer';
import { amountText } from './text';

export function Cover(props: {
  readonly pattern: string;
  readonly keeping: Keeping;
  /** Another one when the answer may be another. */
  readonly version: number;
  covers(pattern: string): Promise<PathPolicy>;
}): JSX.Element {
  const { pattern, keeping, version, covers } = props;
  const trans = useTrans();
  const answer = useAnswer(`${version} ${pattern}`, () => covers(pattern));
  switch (answer.kind) {
    case 'waiting':
      return <p className="ds-meta">{trans.__('Counting files.')}</p>;
    case 'failed':
      return <p className="ds-meta ds-FieldError">{answer.text}</p>;
    case 'here':
      break;
  }
  const found = answer.value;
  const added = wouldAdd([found]);
  if (found.files === 0) {
    return (
      <p className="ds-meta">{trans.__('No file has this pattern now.')}</p>
    );
  }
  return (
    <p className="ds-meta">
      {amountText(found, trans)}
      {keeping === 'keep' && added.files > 0 && (
        <> · {trans.__('%1 not kept yet', amountText(added, trans))}</>
      )}
    </p>
  );
}
