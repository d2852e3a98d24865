/** Owns the list of plugins. Each is small; together they are the extension. */
import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { bringingCommandsPlugin, bringingPlugin } from './bringing';
import { capturePlugin } from './capture';
import { cardPlugin, liveCardPlugin } from './card';
import { commandsPlugin } from './commands';
import { hiddenPlugin } from './hidden';
import { panelPlugin } from './panel';
import { policyPlugin } from './policy';
import { preferencesPlugin } from './preferences';
import { publishPlugin } from './publish';
import { rerunPlugin } from './rerun';
import { runPagePlugin } from './runpage';
import { savingPlugin } from './saving';
import { statusBarPlugin } from './statusbar';
import { storagePlugin } from './storage';
import { versionsPlugin } from './versions';
import { workspacePlugin } from './workspace';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  preferencesPlugin,
  capturePlugin,
  workspacePlugin,
  savingPlugin,
  bringingPlugin,
  runPagePlugin,
  commandsPlugin,
  bringingCommandsPlugin,
  versionsPlugin,
  panelPlugin,
  policyPlugin,
  storagePlugin,
  rerunPlugin,
  statusBarPlugin,
  cardPlugin,
  liveCardPlugin,
  publishPlugin,
  hiddenPlugin
];

export default plugins;
