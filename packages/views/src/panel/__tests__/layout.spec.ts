import type { DayGroup } from '@dotscience/core';
import fc from 'fast-check';

import { ListLayout } from '../layout';

const HEIGHTS = { day: 23, run: 44 };

const groups = fc
  .array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 })
  .map(sizes => {
    let from = 0;
    return sizes.map((size, i): DayGroup => {
      const group = { key: String(i), recorded: '', from, to: from + size };
      from += size;
      return group;
    });
  });

const height = (item: { kind: 'day' | 'run' }): number => HEIGHTS[item.kind];

describe('ListLayout', () => {
  it('lays all items without gap or overlap', () => {
    fc.assert(
      fc.property(groups, days => {
        const layout = new ListLayout(days, HEIGHTS);
        let top = 0;
        for (const item of layout.between(0, layout.total)) {
          expect(item.top).toBe(top);
          top += height(item);
        }
        expect(top).toBe(layout.total);
      })
    );
  });

  it('gives for any span exactly the items that touch it', () => {
    fc.assert(
      fc.property(
        groups,
        fc.nat(3000),
        fc.integer({ min: 1, max: 900 }),
        (days, top, span) => {
          const layout = new ListLayout(days, HEIGHTS);
          const touching = layout
            .between(0, layout.total)
            .filter(
              item => item.top < top + span && item.top + height(item) > top
            );
          expect(layout.between(top, top + span)).toEqual(touching);
        }
      )
    );
  });

  it('knows the place of each run and the run at each place', () => {
    fc.assert(
      fc.property(groups, days => {
        const layout = new ListLayout(days, HEIGHTS);
        for (const item of layout.between(0, layout.total)) {
          if (item.kind === 'run') {
            expect(layout.topOf(item.position)).toBe(item.top);
            expect(layout.positionAt(item.top)).toBe(item.position);
          }
        }
      })
    );
  });
});
