/** One notice of the worker or the host, with the buttons that it names. */
import type { Notice } from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { NoticeBox } from '../parts/NoticeBox';
import type { WorkspacePanelCallbacks } from './props';

export function NoticeItem(props: {
  readonly notice: Notice;
  readonly callbacks: WorkspacePanelCallbacks;
}): JSX.Element {
  const { notice, callbacks } = props;
  const [shown, setShown] = useState(false);
  const dismissable = notice.actions.includes('dismiss');
  const actions = useActions(notice, callbacks, {
    shown,
    toggle: () => setShown(!shown)
  });
  return (
    <NoticeBox
      severity={notice.severity}
      title={notice.title}
      text={notice.text}
      kept={notice.kept}
      next={notice.next}
      actions={actions.length > 0 ? actions : null}
      onDismiss={
        dismissable ? () => callbacks.dismissNotice(notice.id) : undefined
      }
    >
      {shown && <pre className="ds-Notice-detail">{notice.detail}</pre>}
    </NoticeBox>
  );
}

// Where looking at what the store holds helps.
const ABOUT_STORAGE =
  /^(disk-|storage-|store-damaged|object-damaged|record-damaged)/;

function useActions(
  notice: Notice,
  callbacks: WorkspacePanelCallbacks,
  text: { readonly shown: boolean; toggle(): void }
): JSX.Element[] {
  const trans = useTrans();
  const { path, detail } = notice;
  const { openNotebook, openStorage, keepRuns } = callbacks;
  const button = (label: string, onClick: () => void): JSX.Element => (
    <Button key={label} onClick={onClick}>
      {label}
    </Button>
  );
  const buttons = notice.actions.flatMap(action => {
    switch (action) {
      case 'retry':
        return button(trans.__('Try again'), () => callbacks.retry(notice.id));
      case 'open-notebook':
        return path !== null && openNotebook
          ? button(trans.__('Open notebook'), () => openNotebook(path))
          : [];
      case 'show-text':
        return detail === null
          ? []
          : button(
              text.shown
                ? trans.__('Hide the text')
                : trans.__('Show the text'),
              text.toggle
            );
      case 'keep-runs':
        return keepRuns ? button(trans.__('Keep these runs'), keepRuns) : [];
      case 'track':
        return [
          button(trans.__('Track this folder'), () => callbacks.track(true)),
          button(trans.__('Go on without'), () => callbacks.track(false))
        ];
      default:
        return [];
    }
  });
  if (openStorage && ABOUT_STORAGE.test(notice.code)) {
    buttons.push(button(trans.__('Show storage'), openStorage));
  }
  return buttons;
}
