/** Owns what the buttons of an act do, in whichever view it stands. */
import type { ActCallbacks, Trans } from '@dotscience/views';
import { Clipboard } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';

import { asFailure } from '../api';
import type { IBringing } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';

interface IHost {
  readonly bringing: IBringing;
  readonly commands: CommandRegistry;
  readonly model: WorkspaceModel;
  readonly trans: Trans;
}

export function actCallbacks(host: IHost): ActCallbacks {
  const { bringing, commands, model, trans } = host;
  const failed = (reason: unknown): void =>
    model.report(trans.__('Not cancelled'), asFailure(reason));
  return {
    cancelAct: act => void bringing.cancel(act).catch(failed),
    undoAct: act => void bringing.undo(act),
    retryAct: act => void bringing.retry(act),
    bringRest: act => void bringing.bringRest(act),
    dismissAct: act => bringing.dismiss(act),
    showFolder: path =>
      void commands.execute('filebrowser:open-path', { path }),
    copyText: text => Clipboard.copyToSystem(text)
  };
}
