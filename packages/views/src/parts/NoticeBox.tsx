/** A notice in place: what happened, what is kept, what to do. Its texts are text. */
import React from 'react';

import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import type { IconName } from '../icons/shapes';
import { IconButton } from './Button';

export type Severity = 'error' | 'warning' | 'info';

interface NoticeBoxProps {
  readonly severity: Severity;
  readonly icon?: IconName;
  readonly title: string;
  readonly text?: string;
  readonly kept?: string;
  readonly next?: string;
  /** Buttons. */
  readonly actions?: React.ReactNode;
  readonly children?: React.ReactNode;
  readonly onDismiss?: () => void;
}

const ICONS: Readonly<Record<Severity, IconName>> = {
  error: 'failed',
  warning: 'look',
  info: 'info'
};

export function NoticeBox(props: NoticeBoxProps): JSX.Element {
  const trans = useTrans();
  const { severity, icon = ICONS[severity], title, text, kept, next } = props;
  return (
    <section className={`ds-Notice ds-mod-${severity}`} aria-label={title}>
      <Icon name={icon} label={word(severity, trans)} />
      <div className="ds-Notice-body">
        <p className="ds-Notice-title">{title}</p>
        {text && <p>{text}</p>}
        {kept && (
          <p>
            <b>{trans.__('Kept:')}</b> {lowerFirst(kept)}
          </p>
        )}
        {next && <p>{next}</p>}
        {props.children}
        {props.actions && <div className="ds-Actions">{props.actions}</div>}
      </div>
      {props.onDismiss && (
        <IconButton
          className="ds-Notice-dismiss"
          icon="close"
          label={trans.__('Dismiss: %1', title)}
          onClick={props.onDismiss}
        />
      )}
    </section>
  );
}

function word(severity: Severity, trans: Trans): string {
  switch (severity) {
    case 'error':
      return trans.__('Error');
    case 'warning':
      return trans.__('Warning');
    case 'info':
      return trans.__('Note');
  }
}

// The catalogue has whole sentences; after "Kept:" they go on.
const lowerFirst = (text: string): string =>
  /^(Everything|The|Every|All|Their|What|Runs)\b/.test(text)
    ? text[0].toLowerCase() + text.slice(1)
    : text;
