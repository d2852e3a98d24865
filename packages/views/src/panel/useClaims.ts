/**
 * Owns the answers to "is this file part of the run": an answered row goes at once, and comes back when
 * the answer could not be kept.
 */
import { pathText, type Change, type Changes } from '@dotscience/core';
import { useState } from 'react';

import type { WorkspacePanelCallbacks } from './props';

export type ClaimAs = 'input' | 'output' | 'none';

interface Claims {
  readonly files: readonly Change[];
  readonly undeclared: readonly Change[];
  /** Rows that have gone and are not yet gone from `changes`. */
  readonly answered: number;
  answer(change: Change, as: ClaimAs): void;
}

export function useClaims(
  { files }: Changes,
  claim: WorkspacePanelCallbacks['claim']
): Claims {
  const [answers, setAnswers] = useState<readonly string[]>([]);
  const isAsked = ({ claim, by }: Change): boolean =>
    claim === 'undeclared' && typeof by?.run === 'string';
  const asked = files.filter(isAsked);
  const gone = asked.filter(change => answers.includes(keyOf(change)));
  const answer = async (change: Change, as: ClaimAs): Promise<void> => {
    const run = change.by?.run;
    const key = keyOf(change);
    if (!run || !claim) {
      return;
    }
    setAnswers(before => [...before, key]);
    try {
      await claim(run, change.path, as);
    } catch {
      // The host says in a notice why not.
      setAnswers(before => before.filter(other => other !== key));
    }
  };
  return {
    files: files.filter(change => !isAsked(change)),
    undeclared: asked.filter(change => !gone.includes(change)),
    answered: gone.length,
    answer: (change, as) => void answer(change, as)
  };
}

// The same file may be written again, by another run, and is then asked about again.
const keyOf = ({ path, by }: Change): string =>
  JSON.stringify([pathText(path), by?.run, by?.time]);
