/** Images, figures, tables and texts that a run logged, by key; one step of each at a time. */
import { formatCount, shelvesOf, type Run, type Shelf } from '@dotscience/core';
import React, { useId, useMemo, useState } from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { Section } from '../../parts/Section';
import type { RunPageCallbacks } from '../props';
import { MediaView } from './MediaView';

interface MediaProps {
  readonly run: Run;
  readonly callbacks: RunPageCallbacks;
  /** Shelves at first. */
  readonly first: number;
}

export function Media({
  run,
  callbacks,
  first
}: MediaProps): JSX.Element | null {
  const trans = useTrans();
  const [count, setCount] = useState(first);
  const shelves = useMemo(() => shelvesOf(run.media), [run.media]);
  if (shelves.length === 0) {
    return null;
  }
  const left = shelves.length - count;
  return (
    <Section
      className="ds-Media"
      icon="image"
      title={trans.__('Media')}
      count={formatCount(run.media.length)}
    >
      <ul className="ds-Media-grid">
        {shelves.slice(0, count).map(shelf => (
          <ShelfView key={shelf.key} shelf={shelf} callbacks={callbacks} />
        ))}
      </ul>
      {left > 0 && (
        <div className="ds-Section-bar">
          <Button onClick={() => setCount(count + 12)}>
            {`+ ${formatCount(left)}`}
          </Button>
        </div>
      )}
    </Section>
  );
}

function ShelfView(props: {
  readonly shelf: Shelf;
  readonly callbacks: RunPageCallbacks;
}): JSX.Element {
  const { key, items } = props.shelf;
  const trans = useTrans();
  const id = useId();
  // The newest, and newer ones as they come, until another is chosen.
  const [chosen, setChosen] = useState<number | null>(null);
  const at = Math.min(chosen ?? items.length - 1, items.length - 1);
  const item = items[at];
  const step =
    item.step === null ? null : trans.__('step %1', formatCount(item.step));
  return (
    <li className="ds-Media-item" aria-labelledby={id}>
      <span className="ds-Chart-title" id={id} title={key}>
        {key}
      </span>
      <MediaView key={item.n} item={item} callbacks={props.callbacks} />
      <span className="ds-meta">
        {[step, item.caption].filter(Boolean).join(' · ')}
      </span>
      {items.length > 1 && (
        <input
          type="range"
          className="ds-Media-steps"
          min={0}
          max={items.length - 1}
          value={at}
          aria-label={trans.__('Step of %1', key)}
          aria-valuetext={step ?? trans.__('%1 of %2', at + 1, items.length)}
          onChange={event => setChosen(Number(event.target.value))}
        />
      )}
    </li>
  );
}
