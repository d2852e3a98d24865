/** Owns the words of the policy: what becomes of bytes, and because of what. */
import {
  formatBytes,
  formatCount,
  type Keeping,
  type PathPolicy,
  type Policy
} from '@dotscience/core';

import type { Trans } from '../host/trans';

/** What is done with the bytes, as an act. */
export function keepingText(keeping: Keeping, trans: Trans): string {
  switch (keeping) {
    case 'keep':
      return trans.__('Keep its bytes');
    case 'fingerprint':
      return trans.__('Only size and time');
    case 'ignore':
      return trans.__('Ignore');
  }
}

export function defaultText(value: Policy['default'], trans: Trans): string {
  switch (value) {
    case 'auto':
      return trans.__('Keep automatically');
    case 'keep':
      return trans.__('Keep always');
    case 'fingerprint':
      return trans.__('Sizes and times only');
  }
}

export function stateText(
  { policy }: Pick<PathPolicy, 'policy'>,
  trans: Trans
): string {
  switch (policy) {
    case 'keep':
      return trans.__('Kept');
    case 'fingerprint':
      return trans.__('Only size and time');
    case 'ignore':
      return trans.__('Ignored');
    case 'mixed':
      return trans.__('Partly kept');
  }
}

/** Because of what, as a half sentence after the state. */
export function becauseText(
  { because, rule }: Pick<PathPolicy, 'because' | 'rule'>,
  trans: Trans
): string {
  switch (because) {
    case 'rule':
      return rule === null
        ? trans.__('by rules')
        : trans.__('by the rule %1', rule);
    case 'default':
      return trans.__('by the default');
    case 'ignore-file':
      return rule === null
        ? trans.__('by .dotscienceignore')
        : trans.__('by %1 in .dotscienceignore', rule);
    case 'credentials':
      return trans.__('named like credentials');
    case 'environment':
      return trans.__('an environment');
    case 'cache':
      return trans.__('named like a cache');
    case 'size':
      return trans.__('too large to keep unasked');
    case 'home':
      return trans.__('in a home folder');
    case 'store':
      return trans.__('belongs to Git or Dotscience');
    case 'checkout':
      return trans.__('brought back from a run');
    case 'mount':
      return trans.__('on another file system');
  }
}

/** Whether a rule of the policy could change what becomes of it. */
export const canBeRuled = ({ because, pattern }: PathPolicy): boolean =>
  pattern !== null &&
  (because === 'rule' ||
    because === 'default' ||
    because === 'size' ||
    because === 'home');

/** For instance `3.2 GB in 1,204 files`. */
export function amountText(
  amount: { readonly files: number; readonly bytes: number },
  trans: Trans
): string {
  return trans._n(
    '%2 in %3 file',
    '%2 in %3 files',
    amount.files,
    formatBytes(amount.bytes),
    formatCount(amount.files)
  );
}
