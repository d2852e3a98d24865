/** Says that what is shown may be old, and why. */
import type { ErrorBody } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { NoticeBox } from '../parts/NoticeBox';

export function Unreachable(props: {
  readonly error: ErrorBody | null;
  retry(): void;
}): JSX.Element {
  const trans = useTrans();
  const { error } = props;
  return (
    <NoticeBox
      severity="warning"
      title={
        error?.message ?? trans.__('The tracking process does not answer.')
      }
      kept={error?.kept}
      next={error?.next}
      actions={<Button onClick={props.retry}>{trans.__('Try again')}</Button>}
    />
  );
}
