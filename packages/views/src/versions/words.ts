/** Owns the words for versions and for what runs have to do with them. */
import {
  formatCount,
  pathText,
  splitPath,
  type Version,
  type VersionRun
} from '@dotscience/core';

import type { Trans } from '../host/trans';
import type { FilePath } from './props';

/** Folder (with its slash) and name; what is not UTF-8 stays whole. */
export function namesOf(path: FilePath): [folder: string, name: string] {
  return typeof path === 'string' ? splitPath(path) : ['', pathText(path)];
}

/** What a run did with a version; its title follows. */
export function roleWord(role: VersionRun['role'], trans: Trans): string {
  switch (role) {
    case 'output':
      return trans.__('made by');
    case 'wrote':
      return trans.__('written by');
    case 'input':
    case 'read':
      return trans.__('read by');
    case 'present':
      return trans.__('there in');
  }
}

/** One line about where a version is from. */
export function originText(version: Version, trans: Trans): string {
  const [newest] = version.runs;
  if (!newest) {
    return trans.__('in a snapshot');
  }
  // Who made it is who made it first, not who ran that again.
  const first =
    version.runs.find(
      ({ role, repeats }) => role === newest.role && repeats === null
    ) ?? newest;
  const rest = version.run_count - 1;
  const title =
    first.repeats === null
      ? first.title
      : trans.__('%1 (run again)', first.title);
  const text = `${roleWord(first.role, trans)} ${title}`;
  return rest > 0
    ? trans._n(
        '%2, %3 more run',
        '%2, %3 more runs',
        rest,
        text,
        formatCount(rest)
      )
    : text;
}

/** Why there is nothing to look at; null for a version whose bytes are kept. */
export function lostText(version: Version, trans: Trans): string | null {
  switch (version.state) {
    case 'kept':
      return null;
    case 'fingerprint':
      return trans.__('Bytes not kept: size and time only.');
    case 'thinned':
      return trans.__(
        'Bytes given up to stay within the storage budget: size, time and hash are kept.'
      );
  }
}

/** The same in a row. */
export function lostWord(version: Version, trans: Trans): string | null {
  switch (version.state) {
    case 'kept':
      return null;
    case 'fingerprint':
      return trans.__('not kept');
    case 'thinned':
      return trans.__('given up');
  }
}
