import { stoppedAt } from '../stopped';

describe('where a run stopped', () => {
  it('is its step, of how many where that is known', () => {
    expect(stoppedAt({ stopped_at: 12, stopped_of: 1060 })).toBe('12/1,060');
    expect(stoppedAt({ stopped_at: 0, stopped_of: null })).toBe('0');
    expect(stoppedAt({ stopped_at: null, stopped_of: 9 })).toBeNull();
  });

  it('is nothing where an older worker does not tell it', () => {
    expect(stoppedAt({})).toBeNull();
    expect(stoppedAt({ stopped_at: 3 })).toBe('3');
  });
});
