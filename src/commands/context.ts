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

/** The run that is meant: named in the arguments, else the one whose page is current. */
export function runOf(
  context: ICommandContext,
  args: Arguments
): IRunRef | null {
  const run = text(args, 'run');
  if (!run) {
    return context.currentRun();
  }
  const workspace = text(args, 'workspace') ?? context.model.workspace?.id;
  return workspace ? { workspace, run } : null;
}
