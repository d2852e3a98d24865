import { ApiFailure } from '../../api';
import { Incidents } from '../incidents';

const failure = new ApiFailure('refused', {
  code: 'internal',
  message: 'It failed.',
  kept: 'Everything.',
  next: 'Try again.',
  retryable: true
});

describe('Incidents', () => {
  it('are said in their own workspace, or everywhere', () => {
    const incidents = new Incidents();
    incidents.add('Not run again', failure, 'error', 'sales');
    incidents.add('Not reachable', failure, 'error', null);
    const titles = (workspace: string | null): string[] =>
      incidents.of(workspace).map(({ title }) => title);
    expect(titles('sales')).toEqual(['Not reachable', 'Not run again']);
    expect(titles('empty')).toEqual(['Not reachable']);
    expect(titles(null)).toEqual(['Not reachable']);
  });

  it('are one for each act, until dismissed', () => {
    const incidents = new Incidents();
    incidents.add('Not run again', failure, 'error', 'sales');
    incidents.add('Not run again', failure, 'error', 'sales');
    const [notice, ...more] = incidents.of('sales');
    expect(more).toEqual([]);
    expect(incidents.dismiss(notice.id)).toBe(true);
    expect(incidents.of('sales')).toEqual([]);
    expect(incidents.dismiss(notice.id)).toBe(false);
  });
});
