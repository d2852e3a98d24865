/** Owns how an act is told that stands in no view: one message, with cancel and undo in it. */
import {
  broughtTitle,
  failedTitle,
  goingTitle,
  type Act
} from '@dotscience/views';
import { Notification } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';

import { ApiFailure, asFailure } from '../api';
import type { IBringing } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';
import type { Trans } from '@dotscience/views';
import type { IWish } from './model';

interface ITelling {
  readonly bringing: IBringing;
  readonly model: WorkspaceModel;
  readonly commands: CommandRegistry;
  readonly trans: Trans;
}

/** Long enough to see what can be undone. */
const SEEN_MS = 10_000;

/** Starts what is wanted and tells how it goes; what failed stands in the panel until it is dismissed. */
export async function startAndTell(
  telling: ITelling,
  wish: IWish
): Promise<Act | null> {
  return follow(telling, wish, wish => telling.bringing.start(wish));
}

async function follow(
  telling: ITelling,
  wish: IWish,
  start: (wish: IWish) => Promise<Act | null>
): Promise<Act | null> {
  const { bringing, trans } = telling;
  const toast = Notification.emit(goingTitle(wish, trans), 'in-progress', {
    autoClose: false
  });
  const act = await start(wish);
  if (act === null) {
    Notification.dismiss(toast);
    return null;
  }
  tellEnd(telling, wish, act, toast);
  if (act.undoes === null) {
    bringing.dismiss(act.id);
  }
  return act;
}

function tellEnd(telling: ITelling, wish: IWish, act: Act, id: string): void {
  const { model, trans } = telling;
  if (act.state.kind === 'failed') {
    const message = failedTitle(act, trans);
    model.report(message, new ApiFailure('refused', act.state.error));
    Notification.update({ id, message, type: 'error', autoClose: 5_000 });
  } else if (act.state.kind === 'done') {
    Notification.update({
      id,
      message: doneText(act, trans),
      type: 'success',
      autoClose: SEEN_MS,
      actions: actionsOf(telling, wish, act)
    });
  }
}

function doneText(act: Act, trans: Trans): string {
  if (act.state.kind !== 'done') {
    return '';
  }
  const { result } = act.state;
  return act.kind === 'branch'
    ? trans.__(
        'Branch %1 is in %2',
        act.name ?? '',
        result.api_path ?? result.path ?? ''
      )
    : broughtTitle(act, result, trans);
}

function actionsOf(
  telling: ITelling,
  wish: IWish,
  act: Act
): Notification.IAction[] {
  const { bringing, commands, trans } = telling;
  if (act.undoes !== null) {
    const undo = (): void =>
      void follow(telling, { ...wish, kind: 'undo' }, () =>
        bringing.undo(act.id)
      ).catch((reason: unknown) => asFailure(reason));
    return [{ label: trans.__('Undo'), callback: undo }];
  }
  const folder = act.state.kind === 'done' ? act.state.result.api_path : null;
  const show = (path: string) => (): void =>
    void commands.execute('filebrowser:open-path', { path });
  return act.kind === 'branch' && folder !== null
    ? [{ label: trans.__('Show folder'), callback: show(folder) }]
    : [];
}
