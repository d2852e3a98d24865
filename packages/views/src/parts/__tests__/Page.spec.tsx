import '@testing-library/jest-dom';

import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React, { useState } from 'react';

import { Page } from '../Page';
import { HOME } from '../useFocusKept';

function Things({ names }: { readonly names: readonly string[] }): JSX.Element {
  const [left, setLeft] = useState(names);
  return (
    <Page className="ds-View">
      <div tabIndex={0} role="group" aria-label="Home" {...HOME} />
      {left.map(name => (
        <button
          key={name}
          onClick={() => setLeft(left.filter(one => one !== name))}
        >
          {name}
        </button>
      ))}
    </Page>
  );
}

const button = (name: string): HTMLElement =>
  screen.getByRole('button', { name });

describe('the focus, when what has it goes', () => {
  it('goes back to what had it before, at last home', async () => {
    render(<Things names={['A', 'B', 'C']} />);
    button('B').focus();
    button('A').focus();
    await userEvent.keyboard('{Enter}');
    expect(button('B')).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    expect(screen.getByRole('group', { name: 'Home' })).toHaveFocus();
  });

  it('is not taken from elsewhere, nor back once it was given up', async () => {
    const view = render(
      <>
        <input aria-label="Elsewhere" />
        <Things key="a" names={['A', 'B']} />
      </>
    );
    button('A').focus();
    screen.getByRole('textbox').focus();
    view.rerender(
      <>
        <input aria-label="Elsewhere" />
        <Things key="b" names={['B']} />
      </>
    );
    expect(screen.getByRole('textbox')).toHaveFocus();
    button('B').focus();
    button('B').blur();
    await Promise.resolve();
    button('B').remove();
    await Promise.resolve();
    expect(document.body).toHaveFocus();
  });
});
