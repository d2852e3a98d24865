/** What differs from the last snapshot: what a run wrote and does not declare, then all else. */
import {
  formatBytes,
  formatCount,
  pathText,
  type Change,
  type Changes as ChangesData
} from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Fold } from '../parts/Fold';
import { ChangePath } from './ChangePath';
import type { WorkspacePanelCallbacks } from './props';
import { UndeclaredRow } from './UndeclaredRow';
import { useClaims } from './useClaims';
import { useMoment } from '../parts/useMoment';

interface ChangesProps {
  readonly changes: ChangesData;
  /** When the last snapshot was taken; null without one. */
  readonly since: string | null;
  readonly openFile?: (path: string) => void;
  readonly showVersions?: (path: string) => void;
  readonly claim?: WorkspacePanelCallbacks['claim'];
}

export function Changes({
  changes,
  since,
  openFile,
  showVersions,
  claim
}: ChangesProps): JSX.Element {
  const trans = useTrans();
  const { counted } = changes;
  const { files, undeclared, answered, answer } = useClaims(changes, claim);
  const total = changes.total - answered;
  const shown = files.length + undeclared.length;
  return (
    <Fold
      className="ds-Changes"
      title={trans.__('Changes')}
      count={counted ? formatCount(total) : null}
    >
      {total === 0 ? (
        <Nothing counted={counted} since={since} />
      ) : (
        <ul className="ds-Changes-list">
          {undeclared.map(change => (
            <UndeclaredRow
              key={pathText(change.path)}
              change={change}
              openFile={openFile}
              answer={claim && answer}
            />
          ))}
          {files.map(change => (
            <ChangeRow
              key={pathText(change.path)}
              change={change}
              openFile={openFile}
              showVersions={showVersions}
            />
          ))}
          {total > shown && (
            <li className="ds-Changes-more">
              {trans._n(
                '+ %1 more file',
                '+ %2 more files',
                total - shown,
                formatCount(total - shown)
              )}
            </li>
          )}
        </ul>
      )}
    </Fold>
  );
}

function Nothing(props: {
  readonly counted: boolean;
  readonly since: string | null;
}): JSX.Element {
  const trans = useTrans();
  const moment = useMoment();
  const text = !props.counted
    ? trans.__('Counting changes')
    : props.since
      ? trans.__('No changes since %1', moment(props.since))
      : trans.__('No changes');
  return <p className="ds-Changes-none">{text}</p>;
}

const LETTERS = { modified: 'M', added: 'A', deleted: 'D' } as const;

function ChangeRow(props: {
  readonly change: Change;
  readonly openFile?: (path: string) => void;
  readonly showVersions?: (path: string) => void;
}): JSX.Element {
  const { change, openFile, showVersions } = props;
  const { path, kind, size, policy } = change;
  const trans = useTrans();
  const words = {
    modified: trans.__('Modified'),
    added: trans.__('Added'),
    deleted: trans.__('Deleted')
  };
  return (
    <li
      className="ds-ChangeRow"
      data-path={typeof path === 'string' ? path : undefined}
    >
      <abbr
        className="ds-ChangeRow-kind"
        title={words[kind]}
        aria-label={words[kind]}
      >
        {LETTERS[kind]}
      </abbr>
      <ChangePath
        change={change}
        openFile={openFile}
        showVersions={showVersions}
      />
      <span className="ds-ChangeRow-size">
        {policy === 'fingerprint' && (
          <span title={trans.__('Only its size and time are kept')}>
            {trans.__('not kept')}{' '}
          </span>
        )}
        {size !== null && formatBytes(size)}
      </span>
    </li>
  );
}
