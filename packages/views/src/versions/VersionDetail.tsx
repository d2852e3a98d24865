/** One version: when, who made and read it, what can be done with it, and what it holds. */
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatFull,
  shortRunId,
  shortSnapshotId,
  type Version,
  type VersionRun
} from '@dotscience/core';
import React, { useState } from 'react';

import { BranchField } from '../bringing/BranchField';
import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Again } from '../parts/Again';
import { Button } from '../parts/Button';
import { useMoment } from '../parts/useMoment';
import { Preview } from './preview/Preview';
import type { FilePath, VersionsCallbacks } from './props';
import { lostText, namesOf, roleWord } from './words';

interface VersionDetailProps {
  readonly path: FilePath;
  readonly version: Version;
  /** Where Enter in the list goes. */
  readonly focusRef?: React.Ref<HTMLElement>;
  readonly isNow: boolean;
  /** The file is there now. */
  readonly hasNow: boolean;
  readonly callbacks: VersionsCallbacks;
}

export function VersionDetail(props: VersionDetailProps): JSX.Element {
  const { path, version, isNow, hasNow, callbacks } = props;
  const { zone } = useClock();
  const trans = useTrans();
  const { difference } = callbacks;
  const lost = lostText(version, trans);
  const when = formatDateTime(version.time, zone);
  return (
    <section
      ref={props.focusRef}
      className="ds-VersionDetail"
      tabIndex={-1}
      aria-label={trans.__('Version of %1', when)}
    >
      <header className="ds-VersionDetail-head">
        <h2>
          <time dateTime={version.time} title={formatFull(version.time, zone)}>
            {when}
          </time>
        </h2>
        <span className="ds-meta">{formatBytes(version.size)}</span>
        {version.snapshot !== null && (
          <code className="ds-Chip" title={version.snapshot}>
            @{shortSnapshotId(version.snapshot)}
          </code>
        )}
        {isNow && <span className="ds-meta">{trans.__('as it is now')}</span>}
      </header>
      <Actions {...props} />
      <Runs version={version} openRun={callbacks.openRun} />
      {lost ? (
        <p className="ds-VersionDetail-lost">{lost}</p>
      ) : (
        <Preview
          name={namesOf(path)[1]}
          size={version.size}
          read={(start, end, signal) =>
            callbacks.read(version, start, end, signal)
          }
          difference={
            difference && hasNow && !isNow
              ? () => difference(version)
              : undefined
          }
        />
      )}
    </section>
  );
}

function Actions(props: VersionDetailProps): JSX.Element | null {
  const { path, version, isNow, callbacks } = props;
  const { bringBack, branch, download } = callbacks;
  const trans = useTrans();
  // Null until it was asked and answered once.
  const [asks, setAsks] = useState<boolean | null>(null);
  const lost = lostText(version, trans);
  const [, name] = namesOf(path);
  if (asks && branch) {
    return (
      <BranchField
        from={fromText(version, trans)}
        suggestion=""
        branch={text => branch(version, text)}
        close={() => setAsks(false)}
      />
    );
  }
  return (
    <div className="ds-Actions ds-VersionDetail-actions">
      {bringBack && (
        <Button
          look="filled"
          icon="restore"
          title={trans.__('What is there now is kept in a snapshot first')}
          unavailable={
            lost ?? (isNow ? trans.__('The file is so already') : null)
          }
          onClick={() => bringBack(version)}
        >
          {trans.__('Bring this file back')}
        </Button>
      )}
      {branch && (
        <Button
          icon="branch"
          autoFocus={asks === false}
          onClick={() => setAsks(true)}
        >
          {trans.__('Branch from here…')}
        </Button>
      )}
      {download && (
        <Button
          icon="download"
          label={trans.__('Download %1 as it was', name)}
          unavailable={lost}
          onClick={() => download(version)}
        >
          {trans.__('Download')}
        </Button>
      )}
    </div>
  );
}

function fromText(
  { ref, snapshot }: Version,
  trans: ReturnType<typeof useTrans>
): string {
  return ref.startsWith('@')
    ? trans.__('snapshot %1', shortSnapshotId(snapshot ?? ref.slice(1)))
    : trans.__('run %1', shortRunId(ref));
}

/** Runs at first. */
const SHOWN = 5;

function Runs(props: {
  readonly version: Version;
  openRun(id: string): void;
}): JSX.Element | null {
  const { version, openRun } = props;
  const trans = useTrans();
  const [all, setAll] = useState(false);
  const { runs, run_count: count } = version;
  if (runs.length === 0) {
    return null;
  }
  const shown = all ? runs : runs.slice(0, SHOWN);
  const hidden = runs.length - shown.length;
  const more = count - runs.length;
  return (
    <div className="ds-VersionRuns">
      <ul aria-label={trans.__('Runs with this version')}>
        {shown.map(run => (
          <RunOf key={`${run.run} ${run.role}`} run={run} openRun={openRun} />
        ))}
      </ul>
      {hidden > 0 && (
        <Button look="link" onClick={() => setAll(true)}>
          {trans._n(
            'Show %2 more run',
            'Show %2 more runs',
            hidden,
            formatCount(hidden)
          )}
        </Button>
      )}
      {hidden === 0 && more > 0 && (
        <p className="ds-meta">
          {trans._n(
            'and %2 more run',
            'and %2 more runs',
            more,
            formatCount(more)
          )}
        </p>
      )}
    </div>
  );
}

function RunOf(props: {
  readonly run: VersionRun;
  openRun(id: string): void;
}): JSX.Element {
  const { run, openRun } = props;
  const trans = useTrans();
  const moment = useMoment();
  const { zone } = useClock();
  return (
    <li className="ds-VersionRuns-row">
      <span className="ds-muted">{roleWord(run.role, trans)}</span>
      <button
        type="button"
        className="ds-Button ds-Button-link"
        title={trans.__('Open run %1', run.title)}
        onClick={() => openRun(run.run)}
      >
        {run.title}
      </button>
      {run.repeats !== null && <Again repeats={run.repeats} />}
      {run.time !== null && (
        <time
          className="ds-meta"
          dateTime={run.time}
          title={formatFull(run.time, zone)}
        >
          {moment(run.time)}
        </time>
      )}
    </li>
  );
}
