/** Tabs over panels: arrow keys move, only the panel that is chosen is on the page. */
import React, { useId, useRef } from 'react';

import { HOME } from './useFocusKept';

export interface Tab<K extends string> {
  readonly key: K;
  readonly title: string;
  readonly count?: string | null;
}

interface TabsProps<K extends string> {
  readonly tabs: readonly Tab<K>[];
  readonly chosen: K;
  readonly label: string;
  choose(key: K): void;
  readonly children: React.ReactNode;
}

const MOVES: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowRight: (at, last) => (at === last ? 0 : at + 1),
  ArrowLeft: (at, last) => (at === 0 ? last : at - 1),
  Home: () => 0,
  End: (_, last) => last
};

export function Tabs<K extends string>(props: TabsProps<K>): JSX.Element {
  const { tabs, chosen, choose } = props;
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const at = tabs.findIndex(({ key }) => key === chosen);
    const to = MOVES[event.key]?.(at, tabs.length - 1);
    if (to !== undefined) {
      event.preventDefault();
      choose(tabs[to].key);
      const buttons = list.current?.querySelectorAll('button');
      buttons?.[to]?.focus();
    }
  };
  return (
    <>
      <div
        className="ds-Tabs"
        role="tablist"
        aria-label={props.label}
        ref={list}
        onKeyDown={onKeyDown}
      >
        {tabs.map(({ key, title, count }) => (
          <button
            key={key}
            type="button"
            role="tab"
            id={`${id}-${key}`}
            className="ds-Tab"
            aria-selected={key === chosen}
            aria-controls={key === chosen ? `${id}-panel` : undefined}
            tabIndex={key === chosen ? 0 : -1}
            {...(key === chosen ? HOME : {})}
            onClick={() => choose(key)}
          >
            {title}
            {count && <span className="ds-Tab-count">{count}</span>}
          </button>
        ))}
      </div>
      <div
        className="ds-TabPanel"
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${chosen}`}
      >
        {props.children}
      </div>
    </>
  );
}
