/** Owns what the menu *Tracking* says and does: the narrowest rule for each selected path, with undo. */
import { Notification } from '@jupyterlab/apputils';
import { wouldAdd, type Keeping, type PathPolicy } from '@dotscience/core';
import {
  amountText,
  becauseText,
  canBeRuled,
  keepingText,
  stateText,
  type Trans
} from '@dotscience/views';

import { asFailure } from '../api';
import type { WorkspaceModel } from '../workspace/model';
import type { CHOICES } from './menu';
import type { Tracked, TrackedState } from './tracked';

export type Choice = (typeof CHOICES)[number];

/** Long enough to see what can be undone. */
const SEEN_MS = 10_000;

export interface ITrackingHost {
  readonly model: WorkspaceModel;
  readonly tracked: Tracked;
  readonly trans: Trans;
}

/** What is chosen, with what that adds where bytes are to be kept. */
export function choiceLabel(
  choice: Choice,
  state: TrackedState,
  trans: Trans
): string {
  if (choice === 'none') {
    return trans.__('As the rules say');
  }
  const text = keepingText(choice, trans);
  if (choice !== 'keep' || state.kind !== 'known') {
    return text;
  }
  const added = wouldAdd(state.paths);
  return added.files === 0
    ? text
    : trans.__('%1 (adds %2)', text, amountText(added, trans));
}

/** Present state and why: of one path, or of all that are selected. */
export function stateLabel(state: TrackedState, trans: Trans): string {
  switch (state.kind) {
    case 'none':
      return trans.__('Nothing is selected');
    case 'asking':
      return trans.__('Counting files');
    case 'failed':
      return state.failure.body.message;
    case 'known':
      return knownLabel(state.paths, state.names.length, trans);
  }
}

function knownLabel(
  paths: readonly PathPolicy[],
  count: number,
  trans: Trans
): string {
  const texts = new Set(
    paths.map(path =>
      trans.__('%1: %2', stateText(path, trans), becauseText(path, trans))
    )
  );
  const [only] = texts;
  if (only === undefined) {
    return trans.__('Not in this workspace');
  }
  return texts.size === 1
    ? only
    : trans._n('%1 selected', '%1 selected', count);
}

/** Whether a rule could change anything for any of them. */
export function canChoose(choice: Choice, state: TrackedState): boolean {
  return (
    state.kind === 'known' &&
    (choice === 'none'
      ? state.paths.some(({ own_rule }) => own_rule)
      : state.paths.some(canBeRuled))
  );
}

/** Whether that is what holds for all of them. */
export function isChosen(choice: Choice, state: TrackedState): boolean {
  return (
    state.kind === 'known' &&
    state.paths.length > 0 &&
    state.paths.every(path =>
      choice === 'none'
        ? !path.own_rule && canBeRuled(path)
        : path.own_rule && path.policy === choice
    )
  );
}

export async function setTracking(
  { model, tracked, trans }: ITrackingHost,
  choice: Choice
): Promise<void> {
  const { state } = tracked;
  if (state.kind !== 'known') {
    return;
  }
  const { workspace, names } = state;
  const keeping: Keeping | null = choice === 'none' ? null : choice;
  try {
    const before = (await model.client.status(workspace.id)).policy;
    await model.client.setPathPolicy(workspace.id, names, keeping);
    const undo = async (): Promise<void> => {
      try {
        await model.client.setPolicy(workspace.id, before);
      } catch (reason) {
        model.report(trans.__('Not undone'), asFailure(reason));
      }
      await model.look();
    };
    Notification.emit(doneText(names, choice, trans), 'success', {
      autoClose: SEEN_MS,
      actions: [{ label: trans.__('Undo'), callback: () => void undo() }]
    });
  } catch (reason) {
    model.report(trans.__('Tracking not changed'), asFailure(reason));
  }
  await model.look();
}

function doneText(
  names: readonly string[],
  choice: Choice,
  trans: Trans
): string {
  const what =
    names.length === 1
      ? names[0]
      : trans._n('%1 item', '%1 items', names.length);
  switch (choice) {
    case 'keep':
      return trans.__('%1: its bytes are kept from the next snapshot on', what);
    case 'fingerprint':
      return trans.__('%1: only size and time from the next snapshot on', what);
    case 'ignore':
      return trans.__('%1 is ignored from the next snapshot on', what);
    case 'none':
      return trans.__('%1 is tracked as the rules say', what);
  }
}
