/** The largest folders as suggestions: a rule for one is a choice away. */
import {
  formatBytes,
  formatCount,
  type Cost,
  type Keeping
} from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Choice } from '../parts/Choice';
import { PathText } from '../parts/PathText';
import type { PolicyEditorCallbacks } from './props';
import { KEEPINGS } from './Rules';
import { keepingText } from './text';
import type { PolicyEdit } from './usePolicyEdit';

type Choosable = Keeping | 'none';

export function LargestFolders(props: {
  readonly cost: Cost;
  readonly edit: PolicyEdit;
  readonly callbacks: PolicyEditorCallbacks;
}): JSX.Element | null {
  const { cost, edit, callbacks } = props;
  const trans = useTrans();
  const folders = cost.largest.filter(
    ({ path }) => path !== '.' && path !== ''
  );
  if (folders.length === 0) {
    return null;
  }
  return (
    <section className="ds-Policy-part">
      <h3>{trans.__('Largest folders')}</h3>
      <ul className="ds-Rules">
        {folders.map(({ path, bytes, files }) => (
          <li key={path} className="ds-Rule">
            <PathText path={path} mono />
            <div className="ds-Rule-tools">
              <Choice<Choosable>
                label={trans.__('What is done with %1', path)}
                value={ruleOf(edit, path)}
                options={[
                  ['none', trans.__('As the rules say')],
                  ...KEEPINGS.map(
                    key => [key, keepingText(key, trans)] as const
                  )
                ]}
                choose={key =>
                  void edit.saveBy('default', () =>
                    callbacks.setPathPolicy([path], key === 'none' ? null : key)
                  )
                }
              />
              <span className="ds-meta">
                {trans._n(
                  '%2 in %3 file',
                  '%2 in %3 files',
                  files,
                  formatBytes(bytes),
                  formatCount(files)
                )}
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the rule of exactly this folder says. */
function ruleOf({ policy }: PolicyEdit, path: string): Choosable {
  const escaped = path.replace(/[\\*?[\]]/g, '\\$&');
  const rule = policy.rules.find(({ pattern }) => pattern === `/${escaped}/`);
  return rule?.policy ?? 'none';
}
