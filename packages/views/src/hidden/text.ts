/** Owns the sentences of hidden state: why a cell's result may not come again from the saved notebook. */
import type { CellMark } from '@dotscience/core';

import type { Trans } from '../host/trans';

const NAMES = 3;

/** `other` names the cell that the mark is about, for instance `cell [5]`; null where it is not known. */
export function hiddenText(
  { kind, names, lines }: CellMark,
  other: string | null,
  trans: Trans
): string {
  const some = listed(names, trans);
  const cell = other ?? trans.__('another cell');
  switch (kind) {
    case 'edited':
      return lines === null
        ? trans.__('Edited after it ran.')
        : trans._n(
            'Edited after it ran: %1 line differs.',
            'Edited after it ran: %1 lines differ.',
            lines
          );
    case 'gone':
      return trans.__(
        'Uses %1 from a cell that is not in the notebook any more.',
        some
      );
    case 'stale_source':
      return trans.__(
        'Uses %1 from %2, which was edited and not run again.',
        some,
        cell
      );
    case 'stale_value':
      return trans.__(
        'Uses %1 from before %2 ran again with other code.',
        some,
        cell
      );
    case 'out_of_order':
      return trans.__('Uses %1 from %2, which stands below.', some, cell);
    case 'rerun_self':
      return trans.__('Ran again on its own result: %1.', some);
  }
}

function listed(names: readonly string[], trans: Trans): string {
  const some = names.slice(0, NAMES).join(', ');
  return names.length > NAMES
    ? trans.__('%1 and %2 more', some, names.length - NAMES)
    : some;
}
