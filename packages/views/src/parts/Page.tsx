/** A page of its own: its frame, and what stands in it while it is read, where it failed, and when it is there. */
import type { ErrorBody } from '@dotscience/core';
import React from 'react';

import { ClockProvider, HOST_CLOCK, type Clock } from '../host/clock';
import { WithTrans, type Trans } from '../host/trans';
import { Failure } from './Failure';
import { LoadingLines } from './LoadingLines';
import { useFocusKept } from './useFocusKept';

export function Page(props: {
  readonly className: string;
  readonly trans?: Trans;
  readonly clock?: Clock;
  readonly children: React.ReactNode;
}): JSX.Element {
  const { className, trans, clock = HOST_CLOCK, children } = props;
  const frame = useFocusKept();
  return (
    <WithTrans trans={trans}>
      <ClockProvider value={clock}>
        <article ref={frame} className={className}>
          {children}
        </article>
      </ClockProvider>
    </WithTrans>
  );
}

export type NotReady =
  | { readonly phase: 'loading' }
  | { readonly phase: 'error'; readonly error: ErrorBody };

/** What stands in a page that is not there yet. */
export function Unready(props: {
  readonly model: NotReady;
  /** What is being loaded, for screen readers. */
  readonly loading: string;
  /** What is not shown; else the error's own message is the title. */
  readonly title?: string;
  readonly retry?: () => void;
}): JSX.Element {
  const { model, loading, title, retry } = props;
  return model.phase === 'loading' ? (
    <LoadingLines className="ds-Page-loading" label={loading} />
  ) : (
    <div className="ds-Page-failed">
      <Failure title={title} error={model.error} retry={retry} />
    </div>
  );
}
