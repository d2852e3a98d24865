import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { DOMAIN, IWorkspaceModel, KeepIDs } from '../tokens';
import { asTrans } from '../translation';
import { eyeIcon } from '../icons';
import {
  canChoose,
  choiceLabel,
  isChosen,
  setTracking,
  stateLabel,
  type Choice,
  type ITrackingHost
} from './commands';
import { CHOICES, TrackingMenu } from './menu';
import { Tracked } from './tracked';

const RANK = 60.3;

export const policyPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:policy',
  description:
    'What is kept of files and folders, in the menu of the file browser.',
  autoStart: true,
  requires: [IWorkspaceModel],
  optional: [IDefaultFileBrowser, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    model: IWorkspaceModel,
    browser: IDefaultFileBrowser | null,
    translator: ITranslator | null
  ): void => {
    const trans = asTrans((translator ?? nullTranslator).load(DOMAIN));
    const tracked = new Tracked(model);
    addCommands(app, { model, tracked, trans });
    if (!browser) {
      return;
    }
    const selected = (): string[] =>
      Array.from(browser.selectedItems(), ({ path }) =>
        path.replace(/^RTC:/, '')
      );
    const menu = new TrackingMenu(app.commands, tracked, () => {
      void tracked.ask(selected());
    });
    menu.title.label = trans.__('Tracking');
    menu.title.icon = eyeIcon;
    app.contextMenu.addItem({
      type: 'submenu',
      submenu: menu,
      selector: '.jp-DirListing-item[data-isdir]',
      rank: RANK
    });
  }
};

function addCommands({ commands }: JupyterFrontEnd, host: ITrackingHost): void {
  const { tracked, trans } = host;
  commands.addCommand(KeepIDs.setTracking, {
    label: args => choiceLabel(choiceOf(args), tracked.state, trans),
    caption: trans.__('What is kept of the selected files and folders'),
    describedBy: {
      args: {
        type: 'object',
        properties: { policy: { type: 'string', enum: [...CHOICES] } },
        required: ['policy']
      }
    },
    isEnabled: args => canChoose(choiceOf(args), tracked.state),
    isToggleable: true,
    isToggled: args => isChosen(choiceOf(args), tracked.state),
    execute: args => setTracking(host, choiceOf(args))
  });
  commands.addCommand(KeepIDs.tellTracking, {
    label: () => stateLabel(tracked.state, trans),
    caption: trans.__('What is kept of it now, and because of what'),
    describedBy: { args: { type: 'object', properties: {} } },
    isEnabled: () => false,
    execute: () => undefined
  });
}

function choiceOf(args: ReadonlyPartialJSONObject): Choice {
  const given = args['policy'];
  return CHOICES.find(choice => choice === given) ?? 'none';
}
