/** Owns the commands about the workspace itself: its ignore file, notices, jobs, policy. */
import { PathExt } from '@jupyterlab/coreutils';
import { ServerConnection, type Contents } from '@jupyterlab/services';

import { ApiFailure, asFailure } from '../api';
import { revealCell } from '../panel/cells';
import { text, type Arguments, type ICommandContext } from './context';

const IGNORE_FILE = '.dotscienceignore';

const IGNORE_TEXT = `# What Dotscience does not track, in gitignore syntax.
# Environments, caches and credential files are left out already.
`;

export async function refresh({ model }: ICommandContext): Promise<void> {
  await model.look();
}

export async function dismissNotice(
  { model, trans }: ICommandContext,
  args: Arguments
): Promise<void> {
  const notice = text(args, 'notice');
  if (notice) {
    await reported(
      model.dismiss(notice),
      model,
      trans.__('Notice not dismissed')
    );
  }
}

export async function cancelJob(
  { model, trans }: ICommandContext,
  args: Arguments
): Promise<void> {
  const job = text(args, 'job');
  if (job) {
    const call = model.client.cancelJob(model.open().id, job);
    await reported(call, model, trans.__('Not cancelled'));
    await model.look();
  }
}

export async function track(
  { model, trans }: ICommandContext,
  args: Arguments
): Promise<void> {
  const call = model.client.track(model.open().id, args['keep'] !== false);
  await reported(call, model, trans.__('Tracking not changed'));
  await model.look();
}

/** Opens a file of the workspace by its workspace-relative path. */
export async function openFile(
  { app, model }: ICommandContext,
  args: Arguments
): Promise<void> {
  const path = text(args, 'path');
  const root = model.open().api_path;
  if (path && root !== null) {
    await app.commands.execute('docmanager:open', {
      path: PathExt.join(root, path)
    });
  }
}

/** Opens a notebook of the workspace and shows one of its cells, where that is there. */
export async function openCell(
  context: ICommandContext,
  args: Arguments
): Promise<void> {
  const { model, notebooks } = context;
  await openFile(context, args);
  const [path, cell] = [text(args, 'path'), text(args, 'cell')];
  const root = model.open().api_path;
  if (path && cell && root !== null) {
    await revealCell(notebooks, PathExt.join(root, path), cell);
  }
}

export async function editIgnoreFile(context: ICommandContext): Promise<void> {
  const { app, model, trans } = context;
  const { api_path: root, path: folder } = model.open();
  try {
    const path = PathExt.join(root ?? '', IGNORE_FILE);
    await ensureFile(app.serviceManager.contents, path);
    await app.commands.execute('docmanager:open', { path, factory: 'Editor' });
  } catch {
    // Jupyter refuses names that begin with a dot unless its owner allows them.
    model.report(
      trans.__('%1 cannot be opened here', IGNORE_FILE),
      hiddenRefused(`${folder}/${IGNORE_FILE}`, context),
      'info'
    );
  }
}

async function ensureFile(
  contents: Contents.IManager,
  path: string
): Promise<void> {
  try {
    await contents.get(path, { content: false });
  } catch (reason) {
    // Only where it surely is not there: saving would replace it.
    const status =
      reason instanceof ServerConnection.ResponseError &&
      reason.response.status;
    if (status !== 404) {
      throw reason;
    }
    await contents.save(path, {
      type: 'file',
      format: 'text',
      content: IGNORE_TEXT
    });
  }
}

function hiddenRefused(path: string, { trans }: ICommandContext): ApiFailure {
  return new ApiFailure('refused', {
    code: 'hidden-file',
    message: trans.__(
      'This Jupyter server does not show files whose name begins with a dot.'
    ),
    kept: trans.__('Everything.'),
    next: trans.__(
      'Edit %1 in a terminal. It is read again when it changes.',
      path
    ),
    retryable: false
  });
}

async function reported(
  call: Promise<void>,
  model: ICommandContext['model'],
  what: string
): Promise<void> {
  try {
    await call;
  } catch (reason) {
    model.report(what, asFailure(reason));
  }
}
