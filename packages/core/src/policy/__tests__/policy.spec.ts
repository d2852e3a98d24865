import fc from 'fast-check';

import type { Policy } from '../../protocol';
import {
  withoutRule,
  withRule,
  withRuleAt,
  withRuleMoved,
  wouldAdd
} from '../edit';
import { parseSize, readableSize, writeSize } from '../size';

const policy = (...patterns: string[]): Policy => ({
  default: 'auto',
  limit_bytes: 2e9,
  limit_share: 0.1,
  floor_bytes: 1e9,
  rules: patterns.map(pattern => ({ pattern, policy: 'keep' as const }))
});
const patterns = ({ rules }: Policy): string[] =>
  rules.map(({ pattern }) => pattern);

describe('changes of a policy', () => {
  it('puts a new rule last, in place of one of the same pattern', () => {
    const rule = { pattern: 'a', policy: 'ignore' as const };
    const changed = withRule(policy('a', 'b'), rule);
    expect(changed.rules).toEqual([{ pattern: 'b', policy: 'keep' }, rule]);
  });

  it('changes and removes one rule', () => {
    const rule = { pattern: 'c', policy: 'ignore' as const };
    expect(patterns(withRuleAt(policy('a', 'b'), 0, rule))).toEqual(['c', 'b']);
    expect(patterns(withoutRule(policy('a', 'b'), 0))).toEqual(['b']);
  });

  it('moves a rule, but not beyond the ends', () => {
    const three = policy('a', 'b', 'c');
    expect(patterns(withRuleMoved(three, 0, 1))).toEqual(['b', 'a', 'c']);
    expect(patterns(withRuleMoved(three, 2, -1))).toEqual(['a', 'c', 'b']);
    expect(withRuleMoved(three, 0, -1)).toBe(three);
    expect(withRuleMoved(three, 2, 1)).toBe(three);
  });

  it('tells what keeping adds', () => {
    const one = { files: 3, bytes: 30, kept_files: 1, kept_bytes: 10 };
    expect(wouldAdd([one, one])).toEqual({ files: 4, bytes: 40 });
    expect(wouldAdd([])).toEqual({ files: 0, bytes: 0 });
  });
});

describe('sizes as people write them', () => {
  it.each([
    ['2 GB', 2e9],
    ['500mb', 5e8],
    ['1.5T', 1.5e12],
    ['1,5 kB', 1500],
    ['12', 12],
    ['0', 0]
  ])('reads %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it('takes a bare number in the unit of the field', () => {
    expect(parseSize('20', 'g')).toBe(2e10);
    expect(parseSize('20 MB', 'g')).toBe(2e7);
  });

  it.each(['', 'GB', '-1 GB', '2 GiB', '1e9', 'much', '99999999 PB'])(
    'refuses %j',
    text => expect(parseSize(text)).toBeNull()
  );

  it('reads what it writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), bytes => {
        expect(parseSize(writeSize(bytes))).toBe(bytes);
      })
    );
    expect(writeSize(2e9)).toBe('2 GB');
    expect(writeSize(1_500_000)).toBe('1.5 MB');
  });

  it('rounds for people what has many digits', () => {
    expect(readableSize(54_110_634_803)).toBe('54 GB');
    expect(readableSize(1_500_000)).toBe('1.5 MB');
  });
});
