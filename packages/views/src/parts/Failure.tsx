/** What could not be had: what happened, what is kept, what to do. */
import type { ErrorBody } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Button } from './Button';
import { NoticeBox } from './NoticeBox';

export function Failure(props: {
  readonly error: ErrorBody;
  /** What is not shown because of it; else the error's own message is the title. */
  readonly title?: string;
  readonly retry?: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { title, retry } = props;
  const { message, kept, next } = props.error;
  return (
    <NoticeBox
      severity="error"
      title={title ?? message}
      text={title === undefined ? undefined : message}
      kept={kept}
      next={next}
      actions={
        retry && <Button onClick={retry}>{trans.__('Try again')}</Button>
      }
    />
  );
}
