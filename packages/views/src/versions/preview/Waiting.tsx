/** What stands in place of a preview: it is on its way, it failed, it is asked for first. */
import { formatBytes } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { LoadingLines } from '../../parts/LoadingLines';
import { NoticeBox } from '../../parts/NoticeBox';

export function Waiting(): JSX.Element {
  const trans = useTrans();
  return (
    <LoadingLines
      className="ds-Preview-waiting"
      label={trans.__('Loading preview')}
      lines={2}
    />
  );
}

export function NotShown(props: { readonly reason: unknown }): JSX.Element {
  const trans = useTrans();
  const { text, kept, next } = saidOf(props.reason);
  return (
    <NoticeBox
      severity="error"
      title={trans.__('Preview not shown')}
      text={text}
      kept={kept ?? trans.__('The file, as it is in this version.')}
      next={next}
    />
  );
}

/** A large one is shown when that is asked for. */
export function AskFirst(props: {
  readonly bytes: number;
  show(): void;
}): JSX.Element {
  const trans = useTrans();
  return (
    <div className="ds-Preview-ask">
      <span className="ds-meta">
        {trans.__('A preview reads %1.', formatBytes(props.bytes))}
      </span>
      <Button onClick={props.show}>{trans.__('Show')}</Button>
    </div>
  );
}

interface Said {
  readonly text: string;
  readonly kept?: string;
  readonly next?: string;
}

// A failure of the API carries the sentences of the catalogue.
function saidOf(reason: unknown): Said {
  if (reason instanceof Error && 'body' in reason) {
    const { message, kept, next } = reason.body as Record<string, string>;
    return { text: message, kept, next };
  }
  return { text: reason instanceof Error ? reason.message : String(reason) };
}
