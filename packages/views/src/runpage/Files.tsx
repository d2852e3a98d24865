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
import { LeftOutLine } from './LeftOutLine';
import type { RunPageCallbacks } from './props';
import { isWritten, NotComplete, UndeclaredRows } from './Undeclared';

interface FilesProps {
  readonly run: Run;
  readonly side: 'inputs' | 'outputs';
  readonly callbacks: RunPageCallbacks;
  /** Files that may be chosen; left out where none may. */
  readonly choice?: FileChoice;
}

/** Which files are chosen, by their path as text. */
export interface FileChoice {
  readonly chosen: ReadonlySet<string>;
  toggle(path: FileRef['path']): void;
}

/** Whether a file can come back: its bytes are kept and it lies in the workspace. */
export const mayComeBack = ({ state, outside }: FileRef): boolean =>
  state === 'kept' && !outside;

export function Files(props: FilesProps): JSX.Element {
  const { run, side, callbacks, choice } = props;
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
              choice={choice}
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
      {!isInput && <LeftOutLine leftOut={run.snapshot_detail?.left_out} />}
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
  readonly choice?: FileChoice;
}

function FileRow(props: FileRowProps): JSX.Element {
  const { file, run, callbacks, choice } = props;
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
    <li
      className={`ds-FileRow${choice ? ' ds-mod-choosable' : ''}`}
      {...menuOf(file, run)}
    >
      {choice && <Choose file={file} choice={choice} />}
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

// What context menus of the host need: nothing where the file cannot come back.
function menuOf(file: FileRef, run: Run): Record<string, string> {
  return mayComeBack(file) && typeof file.path === 'string'
    ? { 'data-path': file.path, 'data-run': run.id }
    : {};
}

function Choose(props: {
  readonly file: FileRef;
  readonly choice: FileChoice;
}): JSX.Element {
  const { file, choice } = props;
  const trans = useTrans();
  const text = pathText(file.path);
  return mayComeBack(file) ? (
    <label className="ds-FileRow-choose">
      <input
        type="checkbox"
        checked={choice.chosen.has(text)}
        aria-label={trans.__('Choose %1', text)}
        onChange={() => choice.toggle(file.path)}
      />
    </label>
  ) : (
    <span />
  );
}

function Name({ file, run, callbacks }: FileRowProps): JSX.Element {
  const trans = useTrans();
  const { path, state, outside } = file;
  const openFile = callbacks.showVersions;
  const opens = openFile && state !== 'missing' && !outside;
  const { id } = run.snapshot;
  return (
    <span className="ds-FileRow-path">
      {opens ? (
        <button
          type="button"
          className="ds-Button ds-Button-link"
          title={trans.__('Versions of %1', pathText(path))}
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
    case 'changed':
      return trans.__('Written again before its bytes were stored');
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
