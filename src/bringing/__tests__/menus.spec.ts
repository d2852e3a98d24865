import { Selector } from '@lumino/domutils';

import schema from '../../../schema/plugin.json';

const items = schema['jupyter.lab.menus'].context;

it.each(items.map(({ command, selector }) => [command, selector]))(
  'the context menu item %s has a selector that Lumino takes: %s',
  (_, selector) => {
    // One that it refuses takes all items after it with it.
    expect(selector).not.toContain(',');
    expect(Selector.isValid(selector)).toBe(true);
  }
);
