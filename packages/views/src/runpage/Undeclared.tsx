/** Files that a run was seen to read or write without declaring them, each with what they may become. */
import {
  formatBytes,
  formatCount,
  pathText,
  type ObservedFile,
  type Run
} from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { PathText } from '../parts/PathText';
import type { RunPageCallbacks } from './props';

/** Whether a file is what a side would list: written ones may be outputs, others inputs. */
export const isWritten = ({ mode }: ObservedFile): boolean => mode !== 'r';

interface UndeclaredProps {
  readonly run: Run;
  readonly files: readonly ObservedFile[];
  readonly claim: RunPageCallbacks['claim'];
}

export function UndeclaredRows(props: UndeclaredProps): JSX.Element {
  return (
    <>
      {props.files.map(file => (
        <Row
          key={`${file.mode} ${pathText(file.path)}`}
          {...props}
          file={file}
        />
      ))}
    </>
  );
}

function Row(
  props: UndeclaredProps & { readonly file: ObservedFile }
): JSX.Element {
  const { file, claim } = props;
  const { path, size } = file;
  const trans = useTrans();
  const as = isWritten(file) ? 'output' : 'input';
  const name = pathText(path);
  return (
    <li className="ds-FileRow ds-mod-undeclared">
      <span className={`ds-Kind ds-mod-${file.outside ? 'outside' : 'file'}`}>
        <Icon
          name={file.outside ? 'outside' : 'file'}
          label={
            file.outside ? trans.__('Outside the workspace') : trans.__('File')
          }
        />
      </span>
      <span className="ds-FileRow-name">
        <span className="ds-FileRow-path">
          <PathText path={path} mono />
        </span>
        <span className="ds-FileRow-note ds-mod-look">
          <Icon name="look" label={trans.__('Needs a look')} />
          <span className="ds-FileRow-why">{noteOf(file, trans)}</span>
          {claim && (
            <>
              <Button
                look="link"
                label={
                  as === 'output'
                    ? trans.__('Add %1 as output', name)
                    : trans.__('Add %1 as input', name)
                }
                onClick={() => claim(path, as)}
              >
                {as === 'output'
                  ? trans.__('Add as output')
                  : trans.__('Add as input')}
              </Button>
              <span aria-hidden>·</span>
              <Button
                look="link"
                label={trans.__('%1 is not part of the run', name)}
                onClick={() => claim(path, 'none')}
              >
                {trans.__('Not part of the run')}
              </Button>
            </>
          )}
        </span>
      </span>
      <span className="ds-FileRow-size">
        {size !== null && formatBytes(size)}
      </span>
    </li>
  );
}

function noteOf({ mode, by, cell, when }: ObservedFile, trans: Trans): string {
  if (by === 'during') {
    return trans.__('Changed during the run, not declared.');
  }
  if (when === 'before') {
    return trans.__('Used before the run began, not declared.');
  }
  if (mode === 'd') {
    return trans.__('Deleted, not declared.');
  }
  if (mode === 'm') {
    return trans.__('Renamed, not declared.');
  }
  return cell === null
    ? trans.__('Not declared.')
    : trans.__('Not declared, cell execution %1.', formatCount(cell));
}

/** That events were lost, so that what is listed is not all. */
export function NotComplete({
  run
}: {
  readonly run: Run;
}): JSX.Element | null {
  const trans = useTrans();
  if (!run.observed?.lost) {
    return null;
  }
  return (
    <p className="ds-Section-none">
      <Icon name="look" label={trans.__('Needs a look')} />
      {trans.__(
        'Not complete: the system dropped events while files were watched.'
      )}
    </p>
  );
}
