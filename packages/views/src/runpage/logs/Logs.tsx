/**
 * What a run printed, as text. Only the lines that are seen are on the page, so a log of a million
 * lines scrolls; it follows its end while the run goes on, until the user scrolls up.
 */
import { formatCount, type Run } from '@dotscience/core';
import React, { useMemo, useState } from 'react';

import { useTrans, type Trans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { Section } from '../../parts/Section';
import { dataOf, type LogLines, type RunParts } from '../parts';
import type { RunPageCallbacks } from '../props';
import { Failure } from '../../parts/Failure';
import { LogView } from './LogView';

interface LogsProps {
  readonly run: Run;
  readonly part: RunParts['log'];
  readonly callbacks: RunPageCallbacks;
  /** Lines that are seen at once. */
  readonly rows: number;
}

export function Logs(props: LogsProps): JSX.Element | null {
  const { part, run, callbacks, rows } = props;
  const trans = useTrans();
  const [wanted, setWanted] = useState('');
  const log = dataOf(part);
  const found = useMemo(
    () => (log && wanted !== '' ? matches(log, wanted) : null),
    [log, wanted]
  );
  if (part.kind === 'failed') {
    return part.error.code === 'not-recorded' ? null : (
      <Failure error={part.error} retry={callbacks.retry} />
    );
  }
  if (!log || log.total === 0) {
    return null;
  }
  const { saveLog, earlierLog } = callbacks;
  return (
    <Section
      className="ds-Logs"
      icon="terminal"
      title={trans.__('Logs')}
      count={trans._n('%2 line', '%2 lines', log.total, formatCount(log.total))}
      tools={
        <>
          <input
            type="search"
            className="ds-Input"
            aria-label={trans.__('Search the log')}
            placeholder={trans.__('Search')}
            value={wanted}
            onChange={event => setWanted(event.target.value)}
          />
          {saveLog && (
            <Button look="plain" icon="download" onClick={saveLog}>
              {trans.__('Save')}
            </Button>
          )}
        </>
      }
    >
      <Notes log={log} found={found} earlier={earlierLog} />
      <LogView
        log={log}
        found={found}
        rows={rows}
        follows={run.state === 'running'}
      />
    </Section>
  );
}

/** Places of the lines held that contain the text, whatever its case. */
function matches({ lines }: LogLines, wanted: string): readonly number[] {
  const text = wanted.toLowerCase();
  return lines.flatMap((line, i) =>
    line.toLowerCase().includes(text) ? [i] : []
  );
}

function Notes(props: {
  readonly log: LogLines;
  readonly found: readonly number[] | null;
  readonly earlier: (() => void) | undefined;
}): JSX.Element | null {
  const { log, found, earlier } = props;
  const trans = useTrans();
  const notes = notesOf(log, found, trans);
  if (notes.length === 0 && log.from === 0) {
    return null;
  }
  return (
    <p className="ds-Logs-notes" role="status">
      {notes.map(note => (
        <span key={note}>{note}</span>
      ))}
      {log.from > 0 && earlier && (
        <Button look="link" onClick={earlier}>
          {trans.__('Show older lines')}
        </Button>
      )}
    </p>
  );
}

function notesOf(
  { lines, from, total, cut, source }: LogLines,
  found: readonly number[] | null,
  trans: Trans
): string[] {
  const held = formatCount(lines.length);
  return [
    found &&
      (lines.length < total
        ? trans.__(
            '%1 lines found among the %2 shown',
            formatCount(found.length),
            held
          )
        : trans.__('%1 lines found', formatCount(found.length))),
    cut &&
      trans.__(
        'The middle was left out: the log was larger than what is kept.'
      ),
    from > 0 && !found && trans.__('The last %1 lines', held),
    source === 'notebook' && trans.__('As saved in the notebook')
  ].filter(note => typeof note === 'string');
}
