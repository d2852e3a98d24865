/** Owns handing JupyterLab's translation to the views, which may take its functions apart. */
import type { Trans } from '@dotscience/views';
import type { TranslationBundle } from '@jupyterlab/translation';

export function asTrans(trans: TranslationBundle): Trans {
  return {
    __: trans.__.bind(trans),
    _n: trans._n.bind(trans)
  };
}
