/** Owns what a command may touch. Built once, in the plugin that registers the table. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';

import type { ISavers } from '../tokens';
import type { WorkspaceModel } from '../workspace/model';

/** A run of a workspace (its replica id). */
export interface IRunRef {
  readonly workspace: string;
  readonly run: string;
}

export interface ICommandContext {
  readonly app: JupyterFrontEnd;
  readonly model: WorkspaceModel;
  readonly notebooks: INotebookTracker | null;
  readonly savers: ISavers | null;
  readonly trans: TranslationBundle;
  /** The run whose page is current. */
  currentRun(): IRunRef | null;
}

export type Arguments = ReadonlyPartialJSONObject;

export interface ICommand {
  readonly id: string;
  readonly label: string;
  readonly caption: string;
  readonly icon?: LabIcon;
  /** JSON Schema of the arguments' properties. */
  readonly args: ReadonlyJSONObject;
  /** Whether the palette lists it. */
  readonly palette: boolean;
  isEnabled(context: ICommandContext, args: Arguments): boolean;
  /** Its answer is the command's; only `saveSnapshot` has one. */
  execute(context: ICommandContext, args: Arguments): Promise<unknown>;
}

/** The argument when it is a text that is not empty. */
export function text(args: Arguments, name: string): string | null {
  const value = args[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Arguments of a menu's item: what is meant is what the menu was opened on. */
export const AT_MENU = { at: 'menu' } as const;

/** What stands in `data-<name>` of the element that the context menu was opened on, or around it. */
export function menuData(
  app: Pick<JupyterFrontEnd, 'contextMenuHitTest'>,
  args: Arguments,
  name: string
): string | null {
  return args['at'] === AT_MENU.at
    ? (app.contextMenuHitTest(node => name in node.dataset)?.dataset[name] ??
        null)
    : null;
}

/**
 * The run that is meant: named in the arguments, or the one that the context menu was opened on, else
 * the one whose page is current.
 */
export function runOf(
  context: Pick<ICommandContext, 'app' | 'model' | 'currentRun'>,
  args: Arguments
): IRunRef | null {
  const run = text(args, 'run') ?? menuData(context.app, args, 'run');
  if (!run) {
    return context.currentRun();
  }
  const workspace = text(args, 'workspace') ?? context.model.workspace?.id;
  return workspace ? { workspace, run } : null;
}
