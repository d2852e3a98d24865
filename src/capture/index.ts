import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';

import { Client } from '../api';
import { preferencesPlugin } from '../preferences';
import { DOMAIN } from '../tokens';
import { CaptureSync, type Refusal } from './model';

export const capturePlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-dotscience:capture',
  description: 'What kernels record though nobody calls Dotscience.',
  autoStart: true,
  requires: [ISettingRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    registry: ISettingRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const client = new Client(app.serviceManager.serverSettings);
    const tell = (refusal: Refusal): void => {
      Notification.warning(textOf(refusal, trans), { autoClose: 10_000 });
    };
    registry
      .load(preferencesPlugin.id)
      .then(async settings => {
        const sync = new CaptureSync(client, settings, tell);
        await sync.start();
        settings.changed.connect(() => void sync.changed());
      })
      .catch((reason: unknown) => {
        console.warn('Dotscience does not show what kernels record.', reason);
      });
  }
};

function textOf(refusal: Refusal, trans: TranslationBundle): string {
  switch (refusal.kind) {
    case 'locked':
      return trans.__(
        'The environment variable %1 of the Jupyter server decides this setting.',
        refusal.variable
      );
    case 'refused':
      return refusal.message;
    case 'unread':
      return trans.__(
        'Kernels record nothing by themselves: the settings file of the Jupyter server was not read. %1',
        refusal.message
      );
  }
}
