/** Owns the commands that bring files back into the workspace, or branch from a run. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog } from '@jupyterlab/apputils';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { shortRunId, type Workspace } from '@dotscience/core';
import type { Trans } from '@dotscience/views';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { LabIcon } from '@jupyterlab/ui-components';

import { asFailure, type FilePath } from '../api';
import {
  menuData,
  runOf,
  text,
  type Arguments,
  type IRunRef
} from '../commands/context';
import { branchIcon, downloadIcon, restoreIcon } from '../icons';
import { BringIDs, type IBringing } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';
import type { IWish } from './model';
import { relativePath } from './paths';
import { startAndTell } from './toast';

export interface IBringingContext {
  readonly app: JupyterFrontEnd;
  readonly model: WorkspaceModel;
  readonly bringing: IBringing;
  readonly browser: IDefaultFileBrowser | null;
  readonly trans: Trans;
  currentRun(): IRunRef | null;
}

export interface IBringingCommand {
  readonly id: string;
  readonly label: string;
  readonly caption: string;
  readonly icon: LabIcon;
  readonly args: ReadonlyJSONObject;
  readonly palette: boolean;
  isEnabled(context: IBringingContext, args: Arguments): boolean;
  execute(context: IBringingContext, args: Arguments): Promise<unknown>;
}

const OF_RUN: ReadonlyJSONObject = {
  run: { type: 'string', description: 'Id of the run, @snapshot, or last' },
  workspace: { type: 'string', description: 'Replica id of its workspace' },
  at: { type: 'string', description: 'menu: what the menu was opened on' }
};

const FILES: ReadonlyJSONObject = {
  paths: {
    type: 'array',
    items: { type: 'string' },
    description: 'Workspace-relative paths of files or folders'
  },
  root: { type: 'string', description: 'Jupyter path of the workspace' },
  place: { type: 'string', description: 'The view that shows how it goes' }
};

export function bringingCommands(trans: Trans): readonly IBringingCommand[] {
  return [
    {
      id: BringIDs.bringBack,
      label: trans.__('Bring These Files Back'),
      caption: trans.__(
        'As they were in the run; what is there now is kept in a snapshot first'
      ),
      icon: restoreIcon,
      args: { ...OF_RUN, ...FILES },
      palette: false,
      isEnabled: (context, args) =>
        runOf(context, args) !== null && pathsOf(context, args).length > 0,
      execute: bringBack
    },
    {
      id: BringIDs.bringBackLast,
      label: trans.__('Bring Back from the Last Snapshot'),
      caption: trans.__(
        'The selected files as they were in the last snapshot; what is there now is kept first'
      ),
      icon: restoreIcon,
      args: {},
      palette: true,
      isEnabled: ({ browser, model }) =>
        model.state.kind !== 'missing' && selected(browser).length > 0,
      execute: bringBackLast
    },
    {
      id: BringIDs.branch,
      label: trans.__('Branch from Here…'),
      caption: trans.__(
        'A new folder with the files of the run that goes on by itself'
      ),
      icon: branchIcon,
      args: {
        ...OF_RUN,
        name: { type: 'string', description: 'Of the branch; else asked for' },
        place: FILES['place']
      },
      palette: true,
      isEnabled: (context, args) =>
        context.model.state.kind !== 'missing' && runOf(context, args) !== null,
      execute: branch
    },
    {
      id: BringIDs.downloadFile,
      label: trans.__('Download File as It Was'),
      caption: trans.__('The file as it was in the run'),
      icon: downloadIcon,
      args: { ...OF_RUN, path: { type: 'string' } },
      palette: false,
      isEnabled: (context, args) =>
        runOf(context, args) !== null && pathsOf(context, args).length > 0,
      execute: download
    }
  ];
}

async function bringBack(
  context: IBringingContext,
  args: Arguments
): Promise<boolean> {
  const ref = runOf(context, args);
  const paths = pathsOf(context, args);
  if (!ref || paths.length === 0) {
    return false;
  }
  const { workspace, run } = ref;
  return begin(context, {
    kind: 'bring',
    workspace,
    root: text(args, 'root') ?? rootOf(context, workspace),
    ref: run,
    paths,
    name: null,
    place: text(args, 'place')
  });
}

async function branch(
  context: IBringingContext,
  args: Arguments
): Promise<boolean> {
  const ref = runOf(context, args);
  const name = ref && (text(args, 'name') ?? (await askName(context, ref.run)));
  if (!ref || !name) {
    return false;
  }
  return begin(context, {
    kind: 'branch',
    workspace: ref.workspace,
    root: null,
    ref: ref.run,
    paths: [],
    name,
    place: text(args, 'place')
  });
}

async function begin(context: IBringingContext, wish: IWish): Promise<boolean> {
  const { app, bringing, model, trans } = context;
  const { commands } = app;
  const act =
    wish.place === null
      ? await startAndTell({ bringing, model, commands, trans }, wish)
      : await bringing.start(wish);
  return act?.state.kind === 'done';
}

async function bringBackLast(context: IBringingContext): Promise<boolean> {
  const { browser, model, trans } = context;
  const files = selected(browser);
  try {
    const found = await model.client.workspaceAt(files[0]);
    const paths = files
      .map(path => relativePath(found, path))
      .filter(path => path !== null);
    return await begin(context, lastWish(found, paths));
  } catch (reason) {
    model.report(trans.__('Not brought back'), asFailure(reason));
    return false;
  }
}

const lastWish = (found: Workspace, paths: readonly string[]): IWish => ({
  kind: 'bring',
  workspace: found.id,
  root: found.api_path,
  ref: 'last',
  paths,
  name: null,
  place: null
});

async function download(
  context: IBringingContext,
  args: Arguments
): Promise<void> {
  const ref = runOf(context, args);
  const [path] = pathsOf(context, args);
  if (ref && path !== undefined) {
    const { client } = context.model;
    downloadFrom(client.fileUrl(ref.workspace, ref.run, path));
  }
}

/** The answer carries `Content-Disposition: attachment`: the page stays where it is. */
export function downloadFrom(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}

async function askName(
  { trans }: IBringingContext,
  run: string
): Promise<string | null> {
  const { value } = await InputDialog.getText({
    title: trans.__('Branch from run %1', shortRunId(run)),
    label: trans.__('Name of the branch'),
    okLabel: trans.__('Make branch')
  });
  return value?.trim() || null;
}

function pathsOf({ app }: IBringingContext, args: Arguments): FilePath[] {
  const given = args['paths'];
  if (Array.isArray(given)) {
    return given.filter(isPath);
  }
  const path = text(args, 'path') ?? menuData(app, args, 'path');
  return path === null ? [] : [path];
}

const isPath = (value: unknown): value is FilePath =>
  (typeof value === 'string' && value !== '') ||
  (typeof value === 'object' && value !== null && 'b64' in value);

function rootOf({ model }: IBringingContext, workspace: string): string | null {
  return model.workspace?.id === workspace ? model.workspace.api_path : null;
}

/** Jupyter paths of what is selected in the file browser. */
function selected(browser: IDefaultFileBrowser | null): string[] {
  return browser
    ? Array.from(browser.selectedItems(), ({ path }) =>
        path.replace(/^RTC:/, '')
      )
    : [];
}
