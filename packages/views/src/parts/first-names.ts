/** Owns how many paths a sentence names. */
import { pathText, type FileRef } from '@dotscience/core';

/** So many are named, the others are in a count beside them. */
export const NAMED = 3;

export const firstNames = (paths: readonly FileRef['path'][]): string =>
  paths.slice(0, NAMED).map(pathText).join(', ');
