/** Which files were not brought back, each with its reason. */
import {
  formatCount,
  pathText,
  type JobResult,
  type LackingFile
} from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../host/trans';
import { PathText } from '../parts/PathText';

/** Names of files that are listed. */
const LISTED = 5;

/** Every file that is not there; a worker of before says no reasons, only what was never kept. */
export function lackingOf({ lacking, not_kept }: JobResult): LackingFile[] {
  return (
    lacking ?? (not_kept ?? []).map(path => ({ path, why: 'fingerprint' }))
  );
}

/** Nothing where all came back. */
export function Lacking(props: {
  readonly files: readonly LackingFile[];
  /** In a folder they are not there; in the workspace they stay as they are. */
  readonly inFolder?: boolean;
}): JSX.Element | null {
  const trans = useTrans();
  const { files, inFolder = false } = props;
  const more = files.length - LISTED;
  return files.length === 0 ? null : (
    <div>
      <p>
        {inFolder
          ? trans._n(
              '%2 file is not in it:',
              '%2 files are not in it:',
              files.length,
              formatCount(files.length)
            )
          : trans._n(
              '%2 file is as it was:',
              '%2 files are as they were:',
              files.length,
              formatCount(files.length)
            )}
      </p>
      <ul className="ds-Lacking">
        {files.slice(0, LISTED).map(({ path, why }) => (
          <li key={pathText(path)}>
            <PathText path={path} mono />
            <span className="ds-meta">{whyText(why, trans)}</span>
          </li>
        ))}
      </ul>
      {more > 0 && <p>{trans.__('and %1 more', formatCount(more))}</p>}
    </div>
  );
}

function whyText(why: LackingFile['why'], trans: Trans): string {
  switch (why) {
    case 'fingerprint':
      return trans.__('its bytes were not kept');
    case 'changed':
      return trans.__('written again before its bytes were stored');
    case 'thinned':
      return trans.__('given up to stay within the storage budget');
    case 'damaged':
      return trans.__('its stored bytes are damaged');
    case 'list':
      return trans.__('this one and others: the list of files is damaged here');
  }
}
