import '@testing-library/jest-dom';
import type { PathPolicy, Policy } from '@dotscience/core';
import {
  act,
  fireEvent,
  render,
  screen,
  waitFor,
  within
} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React, { useState } from 'react';

import { violations } from '../../testing/axe';
import { aStatus, aWorkspace } from '../../testing/builders';
import { HOSTILE, injected } from '../../testing/hostile';
import { PolicyEditor } from '../PolicyEditor';
import type { PolicyEditorCallbacks } from '../props';

const { policy: PLAIN, cost: COST } = aStatus();
const ruled = (...rules: [string, Policy['rules'][0]['policy']][]): Policy => ({
  ...PLAIN,
  rules: rules.map(([pattern, policy]) => ({ pattern, policy }))
});

const cover = (over: Partial<PathPolicy> = {}): PathPolicy => ({
  path: '',
  kind: 'file',
  policy: 'keep',
  because: 'default',
  rule: null,
  own_rule: false,
  pattern: null,
  files: 1204,
  bytes: 3_200_000_000,
  kept_files: 0,
  kept_bytes: 0,
  ...over
});

/** A host that takes policies, as the worker does. */
function Host(props: {
  readonly start: Policy;
  readonly callbacks: PolicyEditorCallbacks;
  readonly cost?: typeof COST;
}): JSX.Element {
  const [policy, setPolicy] = useState(props.start);
  const { callbacks } = props;
  return (
    <section className="ds-Panel">
      <h2>digits</h2>
      <PolicyEditor
        model={{ workspace: aWorkspace(), policy, cost: props.cost ?? COST }}
        callbacks={{
          ...callbacks,
          setPolicy: async next => {
            await callbacks.setPolicy(next);
            setPolicy(next);
          }
        }}
      />
    </section>
  );
}

async function show(
  start: Policy,
  over: Partial<PolicyEditorCallbacks> = {},
  cost = COST
): Promise<jest.MockedObject<PolicyEditorCallbacks>> {
  const callbacks = {
    setPolicy: jest.fn(async () => undefined),
    setPathPolicy: jest.fn(async () => PLAIN),
    covers: jest.fn(async () => cover()),
    track: jest.fn(),
    close: jest.fn(),
    ...over
  };
  render(<Host start={start} callbacks={callbacks} cost={cost} />);
  await act(async () => undefined);
  return callbacks as jest.MockedObject<PolicyEditorCallbacks>;
}

const saved = (callbacks: { setPolicy: jest.Mock }): Policy =>
  callbacks.setPolicy.mock.lastCall?.[0] as Policy;
const patterns = ({ rules }: Policy): string[] => rules.map(r => r.pattern);

describe('PolicyEditor', () => {
  it('says what is kept, and what each rule covers', async () => {
    const callbacks = await show(ruled(['/data/raw/', 'fingerprint']));
    expect(
      screen.getByText('38 MB of 38 MB kept, in 214 files.')
    ).toBeVisible();
    const rule = screen.getByRole('listitem', { name: 'Rule 1' });
    expect(within(rule).getByText('3.2 GB in 1,204 files')).toBeVisible();
    expect(callbacks.covers).toHaveBeenCalledWith('/data/raw/');
  });

  it('tells before a rule is made what keeping would add', async () => {
    const user = userEvent.setup();
    await show(PLAIN);
    await user.selectOptions(
      screen.getByRole('combobox', { name: 'What the new rule does' }),
      'keep'
    );
    await user.type(
      screen.getByRole('textbox', { name: 'Pattern of a new rule' }),
      'data/'
    );
    expect(
      await screen.findByText(
        /3.2 GB in 1,204 files · 3.2 GB in 1,204 files not kept yet/
      )
    ).toBeVisible();
  });

  it('adds a rule, saves at once, and undoes it', async () => {
    const user = userEvent.setup();
    const callbacks = await show(ruled(['*.csv', 'keep']));
    await user.type(
      screen.getByRole('textbox', { name: 'Pattern of a new rule' }),
      '*.parquet{Enter}'
    );
    expect(saved(callbacks).rules).toEqual([
      { pattern: '*.csv', policy: 'keep' },
      { pattern: '*.parquet', policy: 'fingerprint' }
    ]);
    expect(await screen.findByText(/^Saved/)).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    expect(patterns(saved(callbacks))).toEqual(['*.csv']);
    expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull();
  });

  it('keeps what was typed where it is refused, and says why beside it', async () => {
    const user = userEvent.setup();
    await show(PLAIN, {
      setPolicy: jest.fn(async () => {
        throw new Error("'!x' is no pattern a rule may have.");
      })
    });
    const field = screen.getByRole('textbox', {
      name: 'Pattern of a new rule'
    });
    await user.type(field, '!x{Enter}');
    expect(await screen.findByText(/no pattern a rule may have/)).toBeVisible();
    expect(field).toHaveValue('!x');
    expect(field).toBeInvalid();
    expect(screen.queryByText(/^Saved/)).toBeNull();
  });

  it('moves a rule by keys and by buttons, and the focus goes with it', async () => {
    const callbacks = await show(
      ruled(['a', 'keep'], ['b', 'ignore'], ['c', 'keep'])
    );
    const field = screen.getByRole('textbox', { name: 'Pattern of rule 1' });
    field.focus();
    fireEvent.keyDown(field, { key: 'ArrowDown', altKey: true });
    await waitFor(() =>
      expect(patterns(saved(callbacks))).toEqual(['b', 'a', 'c'])
    );
    expect(
      screen.getByRole('textbox', { name: 'Pattern of rule 2' })
    ).toHaveFocus();
    fireEvent.click(screen.getByRole('button', { name: /Move rule 3 up/ }));
    await waitFor(() =>
      expect(patterns(saved(callbacks))).toEqual(['b', 'c', 'a'])
    );
    expect(screen.queryByRole('button', { name: /Move rule 1 up/ })).toBeNull();
    expect(
      screen.queryByRole('button', { name: /Move rule 3 down/ })
    ).toBeNull();
  });

  it('changes what a rule does, changes its pattern, removes it', async () => {
    const user = userEvent.setup();
    const callbacks = await show(ruled(['a', 'keep']));
    await user.selectOptions(
      screen.getByRole('combobox', { name: 'What rule 1 does' }),
      'ignore'
    );
    expect(saved(callbacks).rules[0].policy).toBe('ignore');
    const field = screen.getByRole('textbox', { name: 'Pattern of rule 1' });
    await user.clear(field);
    await user.type(field, 'b{Enter}');
    expect(patterns(saved(callbacks))).toEqual(['b']);
    await user.click(screen.getByRole('button', { name: 'Remove the rule b' }));
    expect(patterns(saved(callbacks))).toEqual([]);
  });

  it('writes limits in readable units and says what is no size', async () => {
    const user = userEvent.setup();
    const callbacks = await show(PLAIN);
    const field = screen.getByRole('textbox', { name: /Ask before keeping/ });
    expect(field).toHaveValue('2 GB');
    await user.clear(field);
    await user.type(field, 'lots');
    await user.tab();
    expect(field).toBeInvalid();
    expect(field).toHaveAccessibleDescription('A size like 2 GB or 500 MB');
    expect(callbacks.setPolicy).not.toHaveBeenCalled();
    await user.clear(field);
    await user.type(field, '20{Enter}');
    expect(saved(callbacks).limit_bytes).toBe(20_000_000_000);
    const share = screen.getByRole('textbox', {
      name: /share of the free space/
    });
    await user.clear(share);
    await user.type(share, '25{Enter}');
    expect(saved(callbacks).limit_share).toBe(0.25);
  });

  it('offers the largest folders', async () => {
    const user = userEvent.setup();
    const largest = [{ path: 'data/raw', bytes: 3e9, files: 12 }];
    const callbacks = await show(PLAIN, {}, { ...COST, largest });
    const choice = screen.getByRole('combobox', {
      name: 'What is done with data/raw'
    });
    expect(choice).toHaveValue('none');
    await user.selectOptions(choice, 'ignore');
    expect(callbacks.setPathPolicy).toHaveBeenCalledWith(
      ['data/raw'],
      'ignore'
    );
  });

  it('takes another default, and goes back to the one that holds when refused', async () => {
    const user = userEvent.setup();
    await show(PLAIN, {
      setPolicy: jest.fn(async () => {
        throw new Error('The server does not answer.');
      })
    });
    await user.click(screen.getByRole('radio', { name: /Keep always/ }));
    expect(
      await screen.findByText('The server does not answer.')
    ).toBeVisible();
    expect(
      screen.getByRole('radio', { name: /Keep automatically/ })
    ).toBeChecked();
  });

  it('closes by Escape in its head', async () => {
    const callbacks = await show(PLAIN);
    const head = screen.getByRole('heading', { name: 'What is tracked' });
    expect(head).toHaveFocus();
    fireEvent.keyDown(head, { key: 'Escape' });
    expect(callbacks.close).toHaveBeenCalled();
  });

  it('shows patterns and paths as text', async () => {
    const largest = [{ path: HOSTILE, bytes: 3e9, files: 12 }];
    await show(ruled([HOSTILE, 'keep']), {}, { ...COST, largest });
    expect(injected(document.body)).toEqual([]);
  });

  it('has nothing for axe to find', async () => {
    const largest = [{ path: 'data/raw', bytes: 3e9, files: 12 }];
    await show(ruled(['a', 'keep'], ['b', 'ignore']), {}, { ...COST, largest });
    expect(await violations(document.body)).toEqual([]);
  });
});
