/** Owns the sentences about bringing back and branching. */
import {
  formatCount,
  pathText,
  splitPath,
  type JobResult
} from '@dotscience/core';

import type { Trans } from '../host/trans';
import { lackingOf } from './Lacking';
import type { Act } from './props';

type Subject = Pick<Act, 'kind' | 'paths' | 'name'>;

/** What it is about: the name of one file, the count of several, the name of a branch. */
export function subjectOf({ paths, name }: Subject, trans: Trans): string {
  if (name !== null) {
    return name;
  }
  if (paths.length === 1) {
    const [path] = paths;
    return typeof path === 'string'
      ? splitPath(path.replace(/\/+$/, ''))[1] || path
      : pathText(path);
  }
  return trans._n(
    '%1 file',
    '%2 files',
    paths.length,
    formatCount(paths.length)
  );
}

export function goingTitle(act: Subject, trans: Trans): string {
  const subject = subjectOf(act, trans);
  switch (act.kind) {
    case 'bring':
      return trans.__('Bringing back %1', subject);
    case 'undo':
      return trans.__('Undoing: %1', subject);
    case 'branch':
      return trans.__('Making branch %1', subject);
  }
}

/** Followed by the reason. */
export function failedTitle(act: Subject, trans: Trans): string {
  const subject = subjectOf(act, trans);
  switch (act.kind) {
    case 'bring':
      return trans.__('%1 not brought back', subject);
    case 'undo':
      return trans.__('Not undone: %1', subject);
    case 'branch':
      return trans.__('Branch %1 not made', subject);
  }
}

function soAlready({ paths }: Subject, subject: string, trans: Trans): string {
  return paths.length === 1
    ? trans.__('%1: nothing to bring back, it is so already', subject)
    : trans.__('%1: nothing to bring back, they are so already', subject);
}

export function broughtTitle(
  act: Subject,
  result: JobResult,
  trans: Trans
): string {
  const subject = subjectOf(act, trans);
  const { restored } = result;
  if (restored === 0) {
    return lackingOf(result).length > 0
      ? trans.__('%1 not brought back', subject)
      : soAlready(act, subject, trans);
  }
  if (act.kind === 'undo') {
    return trans.__('Undone: %1 as before', subject);
  }
  return act.paths.length === 1 || restored === null || restored === undefined
    ? trans.__('%1 brought back', subject)
    : trans._n(
        '%1 file brought back',
        '%2 files brought back',
        restored,
        formatCount(restored)
      );
}
