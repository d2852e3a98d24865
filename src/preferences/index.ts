import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { IDotsciencePreferences } from '../tokens';
import { Preferences } from './model';

/** Its id is also the name of the schema file: settings, menus and toolbar items hang on it. */
export const preferencesPlugin: JupyterFrontEndPlugin<IDotsciencePreferences> =
  {
    id: 'jupyterlab-dotscience:plugin',
    description: 'The settings of Dotscience.',
    autoStart: true,
    provides: IDotsciencePreferences,
    optional: [ISettingRegistry],
    activate: (
      _: JupyterFrontEnd,
      registry: ISettingRegistry | null
    ): IDotsciencePreferences => {
      const preferences = new Preferences();
      registry
        ?.load(preferencesPlugin.id)
        .then(settings => preferences.use(settings))
        .catch((reason: unknown) => {
          console.warn('Dotscience goes on with its default settings.', reason);
        });
      return preferences;
    }
  };
