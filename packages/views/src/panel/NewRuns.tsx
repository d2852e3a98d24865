/** How many runs wait above the list, and the way to them. It lies over the list and moves nothing. */
import { formatCount } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';

export function NewRuns(props: {
  readonly count: number;
  show(): void;
}): JSX.Element | null {
  const trans = useTrans();
  const { count } = props;
  return count <= 0 ? null : (
    <div className="ds-NewRuns">
      <Button icon="higher" onClick={props.show}>
        {trans._n('%2 new run', '%2 new runs', count, formatCount(count))}
      </Button>
    </div>
  );
}
