import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Trans } from '@dotscience/views';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { text } from '../commands/context';
import { shieldIcon, storageIcon } from '../icons';
import { DOMAIN, IWorkspaceModel, KeepIDs } from '../tokens';
import { asTrans } from '../translation';
import { StorageModel, type IStorageRef } from './model';
import { StorageContent } from './widget';

type StorageWidget = MainAreaWidget<StorageContent>;

export const storagePlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:storage',
  description: 'What the store of a workspace holds, in the main area.',
  autoStart: true,
  requires: [IWorkspaceModel],
  optional: [ILayoutRestorer, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const tracker = new WidgetTracker<StorageWidget>({
      namespace: 'dotscience-storage'
    });
    const host: IHost = { app, model, trans, tracker };
    addCommands(host);
    const category = trans.__('Dotscience');
    [KeepIDs.openStorage, KeepIDs.verify].forEach(command =>
      palette?.addItem({ command, category })
    );
    if (restorer) {
      void restorer.restore(tracker, {
        command: KeepIDs.openStorage,
        args: ({ content }) => ({ ...content.ref }),
        name: ({ content }) => nameOf(content.ref)
      });
    }
  }
};

interface IHost {
  readonly app: JupyterFrontEnd;
  readonly model: IWorkspaceModel;
  readonly trans: Trans;
  readonly tracker: WidgetTracker<StorageWidget>;
}

function addCommands(host: IHost): void {
  const { app, model, trans } = host;
  const describedBy = {
    args: {
      type: 'object',
      properties: {
        workspace: { type: 'string', description: 'Replica id' },
        name: { type: 'string', description: 'Of the workspace' }
      }
    }
  } as const;
  app.commands.addCommand(KeepIDs.openStorage, {
    label: trans.__('Show Storage'),
    caption: trans.__('What the store holds, and which runs hold how much'),
    icon: storageIcon,
    describedBy,
    isEnabled: args => refOf(args, model) !== null,
    execute: async args => {
      await show(host, refOf(args, model));
    }
  });
  app.commands.addCommand(KeepIDs.verify, {
    label: trans.__('Verify Stored Bytes'),
    caption: trans.__('Read every stored byte and say what is damaged'),
    icon: shieldIcon,
    describedBy,
    isEnabled: args => refOf(args, model) !== null,
    execute: async args => {
      (await show(host, refOf(args, model)))?.content.verify();
    }
  });
}

async function show(
  { app, model, trans, tracker }: IHost,
  ref: IStorageRef | null
): Promise<StorageWidget | null> {
  if (!ref) {
    return null;
  }
  const open = tracker.find(({ id }) => id === nameOf(ref));
  const widget = open ?? create({ app, model, trans }, ref);
  if (!open) {
    await tracker.add(widget);
    app.shell.add(widget, 'main');
  }
  app.shell.activateById(widget.id);
  return widget;
}

function create(
  { app, model, trans }: Omit<IHost, 'tracker'>,
  ref: IStorageRef
): StorageWidget {
  const storage = new StorageModel(model, ref);
  const { commands } = app;
  const content = new StorageContent({ commands, model, storage, trans });
  const widget = new MainAreaWidget({ content });
  widget.id = nameOf(ref);
  widget.toolbar.hide(); // the view has its own buttons
  widget.title.closable = true;
  widget.title.icon = storageIcon;
  widget.title.label = trans.__('Storage of %1', ref.name);
  return widget;
}

const nameOf = ({ workspace }: IStorageRef): string =>
  `dotscience-storage-${workspace}`;

function refOf(
  args: ReadonlyPartialJSONObject,
  model: IWorkspaceModel
): IStorageRef | null {
  const shown = model.workspace;
  const workspace = text(args, 'workspace') ?? shown?.id ?? null;
  const name = text(args, 'name') ?? shown?.name ?? '';
  return workspace === null ? null : { workspace, name };
}
