/** Owns what the status bar says about a workspace. */
import {
  formatCount,
  type LiveRun,
  type Status,
  type Workspace
} from '@dotscience/core';

import { ENGLISH, type Trans } from '../host/trans';
import type { PanelPhase } from '../panel/props';

export interface StatusText {
  readonly text: string;
  /** For the tooltip: a sentence. */
  readonly title: string;
  /** Which icon and colour: a live disc, camera, or triangle. */
  readonly state: 'running' | 'working' | 'idle' | 'attention' | 'offline';
}

export interface StatusTextModel {
  readonly phase: PanelPhase;
  readonly workspace: Workspace | null;
  readonly status: Status | null;
}

/** Null where there is nothing to say: nothing is tracked here, or nothing known yet. */
export function statusText(
  { phase, workspace, status }: StatusTextModel,
  trans: Trans = ENGLISH
): StatusText | null {
  if (phase === 'unreachable') {
    return {
      text: trans.__('Tracking not reachable'),
      title: trans.__(
        'The tracking process does not answer. Runs are kept in the journal.'
      ),
      state: 'offline'
    };
  }
  if (phase !== 'ready' || !workspace || !status) {
    return null;
  }
  return { ...now(status, trans), title: title(workspace, status, trans) };
}

function now(status: Status, trans: Trans): Pick<StatusText, 'text' | 'state'> {
  const running = status.running.length;
  if (running > 0) {
    return { text: runningText(status.running, trans), state: 'running' };
  }
  if (status.notices.some(({ severity }) => severity === 'error')) {
    return { text: trans.__('Needs a look'), state: 'attention' };
  }
  const job = status.jobs.find(({ state }) => state === 'running');
  return job
    ? { text: job.title, state: 'working' }
    : { text: changes(status, trans), state: 'idle' };
}

// How far one run is; of several that says nothing.
function runningText(running: readonly LiveRun[], trans: Trans): string {
  const text = trans._n('%1 running', '%1 running', running.length);
  const progress = running.length === 1 ? running[0].progress : null;
  return progress?.total
    ? `${text} · ${formatCount(progress.done)}/${formatCount(progress.total)}`
    : text;
}

function changes(
  { changes: { counted, total } }: Status,
  trans: Trans
): string {
  if (!counted) {
    return trans.__('Counting changes');
  }
  return total === 0
    ? trans.__('No changes')
    : trans.__('%1 changed', formatCount(total));
}

function title(workspace: Workspace, status: Status, trans: Trans): string {
  return trans.__(
    'Dotscience: %1, %2. Click for the panel',
    workspace.name,
    changes(status, trans).toLowerCase()
  );
}
