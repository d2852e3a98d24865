import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { menuData, text, type IRunRef } from '../commands/context';
import { runIcon } from '../icons';
import {
  CommandIDs,
  DOMAIN,
  IBringing,
  IDotsciencePreferences,
  IRunPages,
  IWorkspaceModel
} from '../tokens';
import { asTrans } from '../translation';
import { RunPageModel } from './model';
import { RunPageContent } from './widget';

type RunPageWidget = MainAreaWidget<RunPageContent>;

export const runPagePlugin: JupyterFrontEndPlugin<IRunPages> = {
  id: 'jupyterlab-dotscience:run-page',
  description: 'The page of a run in the main area; one for each run.',
  autoStart: true,
  provides: IRunPages,
  requires: [IWorkspaceModel, IDotsciencePreferences, IBringing],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    preferences: IDotsciencePreferences,
    bringing: IBringing,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): IRunPages => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const tracker = new WidgetTracker<RunPageWidget>({
      namespace: 'dotscience-run-page'
    });

    const { commands } = app;
    const create = (ref: IRunRef): RunPageWidget => {
      const page = new RunPageModel(model, ref);
      const content = new RunPageContent({
        commands,
        model,
        page,
        preferences,
        bringing,
        trans
      });
      const widget = new MainAreaWidget({ content });
      widget.id = nameOf(ref);
      widget.toolbar.hide(); // the page has its own buttons
      widget.title.closable = true;
      widget.title.icon = runIcon;
      content.titleChanged.connect((_, title) => {
        widget.title.label = title;
        widget.title.caption = title;
      });
      return widget;
    };

    app.commands.addCommand(CommandIDs.openRun, {
      label: trans.__('Open Run'),
      caption: trans.__('Show parameters, metrics and files of a run'),
      describedBy: {
        args: {
          type: 'object',
          properties: { run: { type: 'string' }, workspace: { type: 'string' } }
        }
      },
      isEnabled: args => refOf(app, args, model) !== null,
      execute: async args => {
        const ref = refOf(app, args, model);
        if (ref) {
          await show(app, tracker, ref, create);
        }
      }
    });

    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.openRun,
        args: widget => ({ ...widget.content.run }),
        name: widget => nameOf(widget.content.run)
      });
    }
    return tracker;
  }
};

async function show(
  app: JupyterFrontEnd,
  tracker: WidgetTracker<RunPageWidget>,
  ref: IRunRef,
  create: (ref: IRunRef) => RunPageWidget
): Promise<void> {
  const open = tracker.find(widget => widget.id === nameOf(ref));
  const widget = open ?? create(ref);
  if (!open) {
    await tracker.add(widget);
    app.shell.add(widget, 'main');
  }
  app.shell.activateById(widget.id);
}

const nameOf = ({ workspace, run }: IRunRef): string =>
  `dotscience-run-${workspace}-${run}`;

function refOf(
  app: JupyterFrontEnd,
  args: ReadonlyPartialJSONObject,
  model: IWorkspaceModel
): IRunRef | null {
  const run = text(args, 'run') ?? menuData(app, args, 'run');
  const workspace = text(args, 'workspace') ?? model.workspace?.id ?? null;
  return run && workspace ? { workspace, run } : null;
}
