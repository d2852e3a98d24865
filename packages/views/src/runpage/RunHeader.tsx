/** The head of a run page: what it is called, what became of it, when, where, by whom. */
import {
  formatBytes,
  formatDateTime,
  formatDuration,
  formatFull,
  runGlyph,
  runTitle,
  shortSnapshotId,
  sourceName,
  stoppedAt,
  type Run
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { CopyButton } from '../parts/CopyButton';
import { RunGlyphIcon, stateWord } from '../parts/RunGlyph';
import { Actions } from './Actions';
import { Labels } from './Labels';
import type { RunPageCallbacks } from './props';

interface RunHeaderProps {
  readonly run: Run;
  /** Whether it is the best so far by the list's metric. */
  readonly isBest: boolean;
  readonly callbacks: RunPageCallbacks;
}

export function RunHeader({
  run,
  isBest,
  callbacks
}: RunHeaderProps): JSX.Element {
  const trans = useTrans();
  const glyph = runGlyph(run, isBest);
  const title = runTitle(run);
  return (
    <header className="ds-RunHeader">
      <div className="ds-RunHeader-top">
        <RunGlyphIcon glyph={glyph} label={stateWord(glyph, run, trans)} />
        <h1 className="ds-RunHeader-title" title={run.description ?? undefined}>
          {title}
        </h1>
        <Actions run={run} callbacks={callbacks} />
      </div>
      <div className="ds-RunHeader-facts">
        <State run={run} />
        <When run={run} />
        <Who run={run} />
        <Where run={run} openNotebook={callbacks.openNotebook} />
        <Alone run={run} openStorage={callbacks.openStorage} />
        <span className="ds-RunHeader-id">
          <span className="ds-muted">{trans.__('Run')}</span>
          <code className="ds-Chip">{run.id}</code>
          <CopyButton
            label={trans.__('Copy the id of the run')}
            copy={() => callbacks.copyId(run.id)}
          />
        </span>
      </div>
      <Labels run={run} setLabel={callbacks.setLabel} />
    </header>
  );
}

function State({ run }: { readonly run: Run }): JSX.Element {
  const trans = useTrans();
  switch (run.state) {
    case 'running':
      return <b className="ds-RunHeader-state">{trans.__('Running')}</b>;
    case 'published':
      return (
        <b className="ds-RunHeader-state ds-mod-ok">
          <Icon name="check" />
          {trans.__('Finished')}
        </b>
      );
    case 'failed':
      return (
        <b className="ds-RunHeader-state ds-mod-error">
          {withPlace(trans.__('Failed'), run, trans)}
        </b>
      );
    case 'interrupted':
      return (
        <b className="ds-RunHeader-state ds-mod-warn">
          {withPlace(interruption(run.ending, trans), run, trans)}
        </b>
      );
  }
}

function withPlace(state: string, run: Run, trans: Trans): string {
  const at = stoppedAt(run);
  return at === null ? state : trans.__('%1 at step %2', state, at);
}

/** How an interrupted run's process went. */
export function interruption(ending: Run['ending'], trans: Trans): string {
  switch (ending) {
    case 'ended':
      return trans.__('Interrupted: ended');
    case 'crashed':
      return trans.__('Interrupted: crashed');
    case 'lost':
      return trans.__('Interrupted: lost with its machine');
    case null:
      return trans.__('Interrupted');
  }
}

function When({ run }: { readonly run: Run }): JSX.Element {
  const { zone } = useClock();
  const at = run.started ?? run.recorded;
  return (
    <span>
      <Icon name="clock" />
      <time dateTime={at} title={formatFull(at, zone)}>
        {formatDateTime(at, zone)}
      </time>
      {run.duration_s !== null && (
        <span className="ds-muted">{formatDuration(run.duration_s)}</span>
      )}
    </span>
  );
}

function Who({ run }: { readonly run: Run }): JSX.Element | null {
  const trans = useTrans();
  const { user = null, host = null } = run.context ?? {};
  if (user === null && host === null) {
    return null;
  }
  return (
    <span>
      <Icon name="user" />
      {user}
      {host !== null && (
        <span className="ds-muted">{trans.__('on %1', host)}</span>
      )}
    </span>
  );
}

/** What would be free without this run; nothing where it is not counted, or nothing. */
function Alone(props: {
  readonly run: Run;
  readonly openStorage?: () => void;
}): JSX.Element | null {
  const trans = useTrans();
  const { openStorage } = props;
  const bytes = props.run.alone_bytes ?? 0;
  if (bytes === 0) {
    return null;
  }
  const text = trans.__('Holds %1 alone', formatBytes(bytes));
  return (
    <span>
      <Icon name="storage" />
      {openStorage ? (
        <Button
          look="link"
          title={trans.__('Show what the store holds')}
          onClick={openStorage}
        >
          {text}
        </Button>
      ) : (
        text
      )}
    </span>
  );
}

function Where(props: {
  readonly run: Run;
  readonly openNotebook?: (path: string) => void;
}): JSX.Element | null {
  const trans = useTrans();
  const { run, openNotebook } = props;
  const { notebook, snapshot } = run;
  const source = sourceName(run);
  if (source === null) {
    return null;
  }
  const path = notebook ?? run.workload ?? '';
  return (
    <span>
      <Icon name={notebook ? 'notebook' : 'file'} />
      {notebook && openNotebook ? (
        <button
          type="button"
          className="ds-Button ds-Button-link"
          title={trans.__('Open %1 as it is now', path)}
          onClick={() => openNotebook(notebook)}
        >
          {source}
        </button>
      ) : (
        <span title={path}>{source}</span>
      )}
      {snapshot.id !== null && (
        <>
          <span className="ds-muted">{trans.__('at')}</span>
          <code className="ds-Chip" title={snapshot.id}>
            {shortSnapshotId(snapshot.id)}
          </code>
        </>
      )}
    </span>
  );
}
