/** The files that a run declared: kind, path, snapshot, size, and whether its bytes are there. */
import {
  formatBytes,
  formatCount,
  pathText,
  shortSnapshotId,
  type FileRef,
  type Run
} from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import type { IconName } from '../icons/shapes';
import { IconButton } from '../parts/Button';
import { PathText } from '../parts/PathText';
import { Section } from '../parts/Section';
import type { RunPageCallbacks } from './props';
import { isWritten, NotComplete, UndeclaredRows } from './Undeclared';

interface FilesProps {
  readonly run: Run;
  readonly side: 'inputs' | 'outputs';
  readonly callbacks: RunPageCallbacks;
}

export function Files({ run, side, callbacks }: FilesProps): JSX.Element {
  const trans = useTrans();
  const files = run[side];
  const isInput = side === 'inputs';
  const undeclared = run.undeclared.filter(file => isWritten(file) !== isInput);
  const none = isInput
    ? trans.__('No inputs declared')
    : trans.__('No outputs declared');
  return (
    <Section
      icon="file"
      title={isInput ? trans.__('Inputs') : trans.__('Outputs')}
      count={countText(files.length, undeclared.length, trans)}
    >
      {files.length + undeclared.length === 0 && (
        <p className="ds-Section-none">{none}</p>
      )}
      {files.length + undeclared.length > 0 && (
        <ul>
          {files.map(file => (
            <FileRow
              key={pathText(file.path)}
              file={file}
              run={run}
              callbacks={callbacks}
            />
          ))}
          <UndeclaredRows
            run={run}
            files={undeclared}
            claim={callbacks.claim}
          />
        </ul>
      )}
      <NotComplete run={run} />
    </Section>
  );
}

function countText(files: number, undeclared: number, trans: Trans): string {
  return undeclared === 0
    ? formatCount(files)
    : trans.__(
        '%1 + %2 undeclared',
        formatCount(files),
        formatCount(undeclared)
      );
}

interface FileRowProps {
  readonly file: FileRef;
  readonly run: Run;
  readonly callbacks: RunPageCallbacks;
}

function FileRow({ file, run, callbacks }: FileRowProps): JSX.Element {
  const trans = useTrans();
  const { path, size, state } = file;
  const { downloadFile } = callbacks;
  const model = run.models.find(model => model.path === path);
  const note = [
    noteOf(file, model?.name ?? null, trans),
    file.claimed ? trans.__('added after the run') : null
  ]
    .filter(Boolean)
    .join(' · ');
  const kept = state === 'kept' && typeof path === 'string';
  return (
    <li className="ds-FileRow">
      <FileIcon file={file} isModel={model !== undefined} />
      <span className="ds-FileRow-name">
        <Name {...{ file, run, callbacks }} />
        {note && <span className="ds-FileRow-note">{note}</span>}
      </span>
      <span className="ds-FileRow-size">
        {size !== null && formatBytes(size)}
      </span>
      {kept && downloadFile && (
        <IconButton
          icon="download"
          label={trans.__('Download %1 as it was', path)}
          onClick={() => downloadFile(run.id, path)}
        />
      )}
    </li>
  );
}

function Name({ file, run, callbacks }: FileRowProps): JSX.Element {
  const trans = useTrans();
  const { path, state } = file;
  const { openFile } = callbacks;
  const opens = openFile && state === 'kept' && typeof path === 'string';
  const { id } = run.snapshot;
  return (
    <span className="ds-FileRow-path">
      {opens ? (
        <button
          type="button"
          className="ds-Button ds-Button-link"
          title={trans.__('Open %1 as it was', path)}
          onClick={() => openFile(run.id, path)}
        >
          <PathText path={path} mono />
        </button>
      ) : (
        <PathText path={path} mono />
      )}
      {id !== null && state === 'kept' && (
        <code className="ds-Chip" title={id}>
          @{shortSnapshotId(id)}
        </code>
      )}
    </span>
  );
}

function FileIcon(props: {
  readonly file: FileRef;
  readonly isModel: boolean;
}): JSX.Element {
  const trans = useTrans();
  const { file, isModel } = props;
  const [name, label]: [IconName, string] = isModel
    ? ['model', trans.__('Model')]
    : file.outside
      ? ['outside', trans.__('Outside the workspace')]
      : ['file', trans.__('File')];
  return (
    <span className={`ds-Kind ds-mod-${name}`} title={label}>
      <Icon name={name} label={label} />
    </span>
  );
}

function noteOf(
  file: FileRef,
  model: string | null,
  trans: Trans
): string | null {
  switch (file.state) {
    case 'missing':
      return trans.__('Was not there');
    case 'fingerprint':
      return file.outside
        ? trans.__('Outside the workspace: size and time only')
        : trans.__('Bytes not kept: size and time only');
    case 'pending':
      return trans.__('Snapshot pending');
    case 'unknown':
      return trans.__('Not recorded');
    case 'kept':
      if (model !== null) {
        return trans.__('model %1', model);
      }
      return file.pinned ? trans.__('taken at publish') : null;
  }
}
