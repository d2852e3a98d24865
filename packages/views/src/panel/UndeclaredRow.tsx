/** A file that a run wrote and does not declare: who it was, and whether it belongs to the run. */
import {
  formatFull,
  pathText,
  type Change,
  type WrittenBy
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { useMoment } from '../parts/useMoment';
import { ChangePath } from './ChangePath';
import type { ClaimAs } from './useClaims';

interface UndeclaredRowProps {
  readonly change: Change;
  readonly openFile?: (path: string) => void;
  readonly answer?: (change: Change, as: ClaimAs) => void;
}

export function UndeclaredRow(props: UndeclaredRowProps): JSX.Element {
  const trans = useTrans();
  const { change, openFile, answer } = props;
  const path = pathText(change.path);
  return (
    <li className="ds-ChangeRow ds-mod-undeclared">
      <Icon name="look" label={trans.__('Not declared')} />
      <ChangePath change={change} openFile={openFile} />
      {change.by && <Writer by={change.by} />}
      {answer && (
        <div className="ds-ChangeRow-actions">
          <Button
            label={trans.__('Add as output: %1', path)}
            onClick={() => answer(change, 'output')}
          >
            {trans.__('Add as output')}
          </Button>
          <Button
            look="plain"
            label={trans.__('Not part of the run: %1', path)}
            onClick={() => answer(change, 'none')}
          >
            {trans.__('Not part of the run')}
          </Button>
        </div>
      )}
    </li>
  );
}

/** Seen to write it, or only running while it was written. */
function Writer({ by }: { readonly by: WrittenBy }): JSX.Element {
  const trans = useTrans();
  const moment = useMoment();
  const { zone } = useClock();
  const time = moment(by.time);
  const title = `${by.title}, ${formatFull(by.time, zone)}`;
  return (
    <span className="ds-ChangeRow-writer" title={title}>
      {by.how === 'observed'
        ? trans.__('written by run %1', time)
        : trans.__('probably by run %1', time)}
    </span>
  );
}
