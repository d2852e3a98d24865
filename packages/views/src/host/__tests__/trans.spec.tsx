import '@testing-library/jest-dom';

import { render } from '@testing-library/react';
import React from 'react';

import { aStatus, aStore, aWorkspace } from '../../testing/builders';
import { WorkspacePanel } from '../../panel/WorkspacePanel';
import { ENGLISH, type Trans } from '../trans';

describe('ENGLISH', () => {
  it('fills in by place; text of arguments is not read again', () => {
    expect(ENGLISH.__('%2 before %1', '%2', 'b')).toBe('b before %2');
    expect(ENGLISH.__('100 %')).toBe('100 %');
    expect(ENGLISH._n('%1 run', '%2 runs', 1, 'x')).toBe('1 run');
    expect(ENGLISH._n('%1 run', '%2 runs', 1200, '1,200')).toBe('1,200 runs');
  });
});

describe('a translation', () => {
  const shout: Trans = {
    __: (text, ...args) => ENGLISH.__(text, ...args).toUpperCase(),
    _n: (one, many, n, ...args) =>
      ENGLISH._n(one, many, n, ...args).toUpperCase()
  };

  it('reaches every word of the panel', () => {
    const nothing = (): void => undefined;
    const { container } = render(
      <WorkspacePanel
        trans={shout}
        model={{
          phase: 'ready',
          workspace: aWorkspace({ name: 'X', path: '/X', driver: 'X' }),
          status: aStatus({ cost: { ...aStatus().cost, ignored: [] } }),
          runs: aStore([]),
          error: null,
          selected: null,
          metric: null,
          directions: {}
        }}
        callbacks={{
          openRun: nothing,
          saveSnapshot: nothing,
          cancelJob: nothing,
          dismissNotice: nothing,
          retry: nothing,
          track: nothing,
          chooseMetric: nothing,
          copyExample: nothing,
          insertExample: nothing,
          openIgnoreFile: nothing
        }}
      />
    );
    container.querySelector('pre')?.remove();
    expect(container.textContent).toBe(container.textContent?.toUpperCase());
  });
});
