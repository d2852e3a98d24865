/** One session: notebook, when, what it ran, read and wrote, and the ways to keep or dismiss it. */
import {
  formatCount,
  formatFull,
  splitPath,
  type Draft
} from '@dotscience/core';
import React, { useState } from 'react';

import { useClock } from '../host/clock';
import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button, IconButton } from '../parts/Button';
import { useMoment } from '../parts/useMoment';
import type { WorkspacePanelCallbacks } from './props';

interface DraftRowProps {
  readonly draft: Draft;
  readonly callbacks: WorkspacePanelCallbacks;
}

export function DraftRow({
  draft,
  callbacks
}: DraftRowProps): JSX.Element | null {
  const trans = useTrans();
  const { keepDraft, dropDraft } = callbacks;
  const [naming, setNaming] = useState(false);
  const [answered, setAnswered] = useState(false);
  const name = nameOf(draft, trans);
  const act = async (call: void | Promise<void> | undefined): Promise<void> => {
    setAnswered(true);
    try {
      await call;
    } catch {
      // The host says in a notice why not; the row can be used again.
    }
    setAnswered(false);
  };
  const keep = (description: string | null): void => {
    setNaming(false);
    void act(keepDraft?.(draft.id, description));
  };
  const busy = answered ? trans.__('Being done') : null;
  return (
    <li className="ds-DraftRow">
      <DraftState draft={draft} />
      <span className="ds-DraftRow-name" title={draft.notebook ?? undefined}>
        {name}
      </span>
      <DraftFacts draft={draft} />
      {!naming && keepDraft && (
        <span className="ds-DraftRow-tools">
          <IconButton
            icon="edit"
            label={trans.__('Keep with a description: %1', name)}
            onClick={() => setNaming(true)}
          />
          <Button
            label={trans.__('Keep: %1', name)}
            title={trans.__('Make this session a run')}
            unavailable={busy}
            onClick={() => keep(null)}
          >
            {trans.__('Keep')}
          </Button>
          {dropDraft && (
            <IconButton
              icon="close"
              label={trans.__('Dismiss: %1', name)}
              onClick={() => void act(dropDraft(draft.id))}
            />
          )}
        </span>
      )}
      {naming && <KeepAs keep={keep} cancel={() => setNaming(false)} />}
    </li>
  );
}

function DraftState({ draft }: { readonly draft: Draft }): JSX.Element {
  const trans = useTrans();
  if (draft.ended === null) {
    return (
      <span className="ds-Glyph ds-mod-running">
        <Icon name="running" label={trans.__('Goes on')} />
      </span>
    );
  }
  return (
    <span className={`ds-Glyph${draft.error ? ' ds-mod-failed' : ''}`}>
      {draft.error ? (
        <Icon name="failed" label={trans.__('Ended with an error')} />
      ) : (
        <Icon name="ended" label={trans.__('Ended')} />
      )}
    </span>
  );
}

function DraftFacts({ draft }: { readonly draft: Draft }): JSX.Element {
  const trans = useTrans();
  const moment = useMoment();
  const { zone } = useClock();
  const { cells, reads, writes, started, expires, ended, error } = draft;
  const facts = [
    moment(started),
    trans._n('%2 cell', '%2 cells', cells, formatCount(cells)),
    reads > 0 && trans.__('%1 read', formatCount(reads)),
    writes > 0 && trans.__('%1 written', formatCount(writes)),
    ended !== null &&
      expires !== null &&
      trans.__('expires %1', moment(expires))
  ].filter(Boolean);
  const tooltip = [
    trans._n('%2 file read', '%2 files read', reads, formatCount(reads)),
    trans._n(
      '%2 file written',
      '%2 files written',
      writes,
      formatCount(writes)
    ),
    expires !== null && trans.__('goes away %1', formatFull(expires, zone)),
    error
  ].filter(Boolean);
  return (
    <span className="ds-DraftRow-facts" title={tooltip.join(', ')}>
      {facts.join(' · ')}
    </span>
  );
}

function KeepAs(props: {
  keep(description: string | null): void;
  cancel(): void;
}): JSX.Element {
  const trans = useTrans();
  const [text, setText] = useState('');
  return (
    <form
      className="ds-DraftRow-form"
      onSubmit={event => {
        event.preventDefault();
        props.keep(text.trim() || null);
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          props.cancel();
        }
      }}
    >
      <input
        className="ds-Input"
        autoFocus
        value={text}
        maxLength={1_000}
        placeholder={trans.__('Describe the run (optional)')}
        aria-label={trans.__('Description of the run, optional')}
        onChange={event => setText(event.target.value)}
      />
      <Button onClick={() => props.keep(text.trim() || null)}>
        {trans.__('Keep')}
      </Button>
    </form>
  );
}

function nameOf({ notebook }: Draft, trans: Trans): string {
  return (notebook && splitPath(notebook)[1]) || trans.__('Script or console');
}
