/** How far a live run is, how long it still takes, and whether it has gone quiet. */
import { formatCount, type LiveRun, type RunProgress } from '@dotscience/core';
import React from 'react';

import { useNow } from '../host/clock';
import { useTrans, type Trans } from '../host/trans';
import { Progress } from '../parts/Progress';

/** A run that has told nothing for so long may hang. */
const QUIET_MS = 60_000;

export function LivePace(props: {
  readonly run: LiveRun;
  readonly over: boolean;
  readonly children: React.ReactNode;
}): JSX.Element {
  const { run, over } = props;
  const { progress } = run;
  const trans = useTrans();
  const now = useNow(1_000);
  const told = Date.parse(run.last_told ?? '');
  const quiet = !over && now - told >= QUIET_MS;
  const left = progress?.left_s ?? null;
  return (
    <>
      {progress && progress.total !== null && progress.total > 0 && (
        <Progress
          done={progress.done}
          total={progress.total}
          label={steps(progress, trans)}
        />
      )}
      <footer className="ds-LiveCard-foot">
        <span className="ds-LiveCard-pace">
          {progress && <span>{steps(progress, trans)}</span>}
          {quiet ? (
            <span className="ds-LiveCard-quiet">
              {trans.__('last point %1', ago((now - told) / 1_000, trans))}
            </span>
          ) : (
            left !== null &&
            !over && (
              <span>{trans.__('about %1 left', rough(left, trans))}</span>
            )
          )}
        </span>
        {props.children}
      </footer>
    </>
  );
}

function steps({ done, total, label }: RunProgress, trans: Trans): string {
  const name = nameOf(label) ?? trans.__('Step');
  return total === null
    ? trans.__('%1 %2', name, formatCount(done))
    : trans.__('%1 %2 of %3', name, formatCount(done), formatCount(total));
}

// What turns the reading direction would turn the numbers behind it too.
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function nameOf(label: string | null): string | null {
  const text = label?.replace(TURNING, '').trim();
  return text ? text[0].toUpperCase() + text.slice(1) : null;
}

// An estimate has no more digits than it deserves.
function rough(seconds: number, trans: Trans): string {
  if (seconds < 90) {
    return trans.__('%1 s', Math.max(1, Math.round(seconds)));
  }
  return seconds < 90 * 60
    ? trans.__('%1 min', Math.round(seconds / 60))
    : trans.__('%1 h', Math.round(seconds / 3_600));
}

function ago(seconds: number, trans: Trans): string {
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? trans.__('%1 min ago', minutes)
    : trans.__('%1 h ago', Math.floor(minutes / 60));
}
