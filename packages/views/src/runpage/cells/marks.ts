/** Owns the words for why a cell's state is not what running the saved notebook gives. */
import type { CellMark } from '@dotscience/core';

import type { Trans } from '../../host/trans';

export function markText(mark: CellMark, trans: Trans): string {
  const { names, other, lines } = mark;
  const some = names.slice(0, 3).join(', ');
  switch (mark.kind) {
    case 'edited':
      return lines === null
        ? trans.__('Its text was edited after it ran.')
        : trans._n(
            'Its text was edited after it ran: %1 line differs.',
            'Its text was edited after it ran: %1 lines differ.',
            lines
          );
    case 'gone':
      return goneText(some, other, trans);
    case 'stale_source':
      return trans.__(
        'It used %1 from %2, whose text was edited since.',
        some,
        which(other, trans)
      );
    case 'stale_value':
      return trans.__(
        '%1 was bound anew by %2 after this ran.',
        some,
        which(other, trans)
      );
    case 'out_of_order':
      return other === null
        ? trans.__('It ran out of order.')
        : trans.__('Ran after %1, which stands below it.', which(other, trans));
    case 'rerun_self':
      return trans.__('It ran again on its own result: %1.', some);
  }
}

function goneText(some: string, other: number | null, trans: Trans): string {
  if (some === '') {
    return trans.__('This cell is no longer in the notebook.');
  }
  return other === null
    ? trans.__(
        'This cell is no longer in the notebook, but %1 was used later.',
        some
      )
    : trans.__(
        'This cell is no longer in the notebook, but %1 was used by %2.',
        some,
        which(other, trans)
      );
}

const which = (other: number | null, trans: Trans): string =>
  other === null ? trans.__('another cell') : trans.__('execution %1', other);
