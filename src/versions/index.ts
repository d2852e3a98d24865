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
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Trans } from '@dotscience/views';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { menuData, text, type Arguments } from '../commands/context';
import { versionsIcon } from '../icons';
import { BringIDs, DOMAIN, IBringing, IWorkspaceModel } from '../tokens';
import { asTrans } from '../translation';
import { FileVersions, type Wanted } from './model';
import { followSelection, selectedFile } from './selection';
import type { VersionsContent } from './widget';

type VersionsWidget = MainAreaWidget<VersionsContent>;

const WIDGET_ID = 'dotscience-versions';

export const versionsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:versions',
  description:
    'The versions of a file in the main area, following the file browser.',
  autoStart: true,
  requires: [IWorkspaceModel, IBringing],
  optional: [
    IDefaultFileBrowser,
    ILayoutRestorer,
    ICommandPalette,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    bringing: IBringing,
    browser: IDefaultFileBrowser | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const host: IHost = { app, model, bringing, browser, trans };
    const tracker = new WidgetTracker<VersionsWidget>({
      namespace: 'dotscience-versions'
    });
    addCommand(host, tracker);
    palette?.addItem({
      command: BringIDs.showVersions,
      category: trans.__('Dotscience')
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: BringIDs.showVersions,
        args: ({ content }) => argsOf(content.versions.wanted),
        name: () => WIDGET_ID
      });
    }
  }
};

interface IHost {
  readonly app: JupyterFrontEnd;
  readonly model: IWorkspaceModel;
  readonly bringing: IBringing;
  readonly browser: IDefaultFileBrowser | null;
  readonly trans: Trans;
}

function addCommand(host: IHost, tracker: WidgetTracker<VersionsWidget>): void {
  const { app, browser, trans } = host;
  app.commands.addCommand(BringIDs.showVersions, {
    label: trans.__('Show Versions'),
    caption: trans.__('The versions of a file: look at them, bring one back'),
    icon: versionsIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'Workspace-relative path' },
          b64: { type: 'string', description: 'The path if it is not UTF-8' },
          workspace: { type: 'string', description: 'Replica id' },
          root: { type: 'string', description: 'Jupyter path of it' },
          file: { type: 'string', description: 'Jupyter path of the file' },
          run: { type: 'string', description: 'Whose version is looked at' },
          at: { type: 'string', description: 'menu: the element below it' }
        }
      }
    },
    isEnabled: args => wantedBy(host, args) !== null,
    execute: async args => {
      const wanted = wantedBy(host, args);
      if (wanted) {
        const run = text(args, 'run') ?? menuData(app, args, 'run');
        await open(host, tracker, wanted, run);
      }
    }
  });
  browser?.selectionChanged.connect(() =>
    app.commands.notifyCommandChanged(BringIDs.showVersions)
  );
}

/** The file that is meant: named in the arguments, below the menu, or selected in the file browser. */
function wantedBy(
  { app, model, browser }: IHost,
  args: Arguments
): Wanted | null {
  const file = text(args, 'file');
  if (file !== null) {
    return { jupyterPath: file };
  }
  const b64 = text(args, 'b64');
  const path =
    b64 === null
      ? (text(args, 'path') ?? menuData(app, args, 'path'))
      : { b64 };
  if (path === null) {
    const selected = selectedFile(browser);
    return selected === null ? null : { jupyterPath: selected };
  }
  const here = model.workspace;
  const workspace = text(args, 'workspace') ?? here?.id ?? null;
  if (workspace === null) {
    return null;
  }
  const known = workspace === here?.id ? here.api_path : null;
  return { workspace, root: text(args, 'root') ?? known, path };
}

async function open(
  host: IHost,
  tracker: WidgetTracker<VersionsWidget>,
  wanted: Wanted,
  ref: string | null
): Promise<void> {
  const { app } = host;
  const shown = tracker.currentWidget;
  const widget = shown ?? (await create(host, tracker));
  // Before it is added: its arguments are kept with it.
  const loaded = widget.content.versions.show(wanted, ref);
  if (!shown) {
    await tracker.add(widget);
    app.shell.add(widget, 'main', { mode: 'split-right' });
  } else {
    void tracker.save(widget);
  }
  app.shell.activateById(widget.id);
  await loaded;
}

async function create(
  { app, model, bringing, browser, trans }: IHost,
  tracker: WidgetTracker<VersionsWidget>
): Promise<VersionsWidget> {
  const { VersionsContent } = await import('./widget');
  const versions = new FileVersions(model);
  const { commands } = app;
  const content = new VersionsContent({
    commands,
    model,
    versions,
    bringing,
    trans
  });
  const widget = new MainAreaWidget({ content });
  widget.id = WIDGET_ID;
  widget.toolbar.hide();
  widget.title.closable = true;
  widget.title.icon = versionsIcon;
  widget.title.label = trans.__('Versions');
  content.titleChanged.connect((_, name) => {
    widget.title.label = name;
    widget.title.caption = trans.__('Versions of %1', name);
  });
  const following =
    browser &&
    followSelection(browser, path => {
      if (content.isVisible) {
        void versions.show({ jupyterPath: path });
        void tracker.save(widget);
      }
    });
  content.disposed.connect(() => following?.dispose());
  return widget;
}

function argsOf(wanted: Wanted | null): ReadonlyPartialJSONObject {
  if (wanted === null) {
    return {};
  }
  if ('jupyterPath' in wanted) {
    return { file: wanted.jupyterPath };
  }
  const { workspace, root, path } = wanted;
  return {
    workspace,
    root: root ?? undefined,
    ...(typeof path === 'string' ? { path } : { b64: path.b64 })
  };
}
