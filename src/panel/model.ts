/** Owns what the panel is given to show, as plain values from the models. */
import type { ErrorBody } from '@dotscience/core';
import type { WorkspacePanelModel } from '@dotscience/views';

import type { IPreferences } from '../preferences/model';
import type { WorkspaceModel } from '../workspace/model';
import type { LiveCurves } from './curves';
import type { Folds } from './folds';
import type { Sessions } from './sessions';

/** What belongs to the panel alone. */
export interface IPanelParts {
  readonly curves: LiveCurves;
  readonly sessions: Sessions;
  readonly folds: Folds;
  readonly cellNumber: WorkspacePanelModel['cellNumber'];
  readonly editing: boolean;
}

/** `selected` is the id of the run whose page is current. */
export function panelModel(
  model: WorkspaceModel,
  preferences: IPreferences,
  selected: string | null,
  parts: IPanelParts
): WorkspacePanelModel {
  return {
    curves: parts.curves.curves,
    drafts: parts.sessions.drafts,
    capture: parts.sessions.capture,
    openGroups: parts.folds.of(model.workspace?.id ?? ''),
    cellNumber: parts.cellNumber,
    editing: parts.editing,
    ...phaseOf(model),
    workspace: model.workspace,
    status: model.status,
    runs: model.runs,
    notices: model.notices,
    selected,
    metric: preferences.defaultMetric || null,
    directions: preferences.directions
  };
}

/** How far the copy can be trusted, and why not. */
export function phaseOf({
  state,
  trouble,
  runs
}: WorkspaceModel): Pick<WorkspacePanelModel, 'phase' | 'error'> {
  switch (state.kind) {
    case 'missing':
      return { phase: 'unreachable', error: state.failure.body };
    case 'none':
      return { phase: 'untracked', error: worthSaying(state.failure.body) };
    default:
      if (trouble) {
        return { phase: 'unreachable', error: trouble.body };
      }
      return { phase: runs ? 'ready' : 'loading', error: null };
  }
}

// That a folder is not tracked needs no reason.
function worthSaying(error: ErrorBody): ErrorBody | null {
  return error.code === 'workspace-not-found' ? null : error;
}
