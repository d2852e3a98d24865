/** A button that opens a short menu: arrows move, Enter and Space choose, Escape closes and gives the focus back. */
import React, { useEffect, useId, useRef, useState } from 'react';

import { Icon } from '../icons/Icon';
import type { IconName } from '../icons/shapes';

export interface MenuEntry {
  readonly icon: IconName;
  readonly text: string;
  choose(): void;
}

interface MenuButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly entries: readonly MenuEntry[];
}

const MOVES: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => (at === last ? 0 : at + 1),
  ArrowUp: (at, last) => (at === 0 ? last : at - 1),
  Home: () => 0,
  End: (_, last) => last
};

export function MenuButton(props: MenuButtonProps): JSX.Element {
  const { icon, label, entries } = props;
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <span
      className="ds-MenuButton"
      // Whoever leaves by Tab or with the pointer closes it.
      onBlur={event => {
        if (!event.currentTarget.contains(event.relatedTarget)) {
          setOpen(false);
        }
      }}
    >
      <button
        ref={button}
        type="button"
        className="ds-IconButton"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        onKeyDown={event => {
          if (event.key === 'ArrowDown') {
            event.preventDefault();
            setOpen(true);
          }
        }}
      >
        <Icon name={icon} />
      </button>
      {open && <MenuList {...{ id, label, entries, close }} />}
    </span>
  );
}

function MenuList(props: {
  readonly id: string;
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  close(): void;
}): JSX.Element {
  const { id, label, entries, close } = props;
  const list = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState(0);
  useEffect(() => list.current?.querySelectorAll('button')[at]?.focus(), [at]);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const to = MOVES[event.key]?.(at, entries.length - 1);
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (to !== undefined) {
      event.preventDefault();
      setAt(to);
    }
  };
  return (
    <div
      ref={list}
      id={id}
      className="ds-Menu"
      role="menu"
      aria-label={label}
      onKeyDown={onKeyDown}
    >
      {entries.map((entry, n) => (
        <button
          key={entry.text}
          type="button"
          role="menuitem"
          className="ds-Menu-entry"
          tabIndex={n === at ? 0 : -1}
          onClick={() => {
            close();
            entry.choose();
          }}
        >
          <Icon name={entry.icon} />
          {entry.text}
        </button>
      ))}
    </div>
  );
}
