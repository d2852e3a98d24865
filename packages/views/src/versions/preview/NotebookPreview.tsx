/** A notebook to look at: sources and outputs that are text or images. No HTML, no scripts. */
import {
  decodeText,
  formatCount,
  readNotebook,
  type NotebookCell,
  type NotebookOutput
} from '@dotscience/core';
import React, { useMemo, useState } from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import type { ReadBytes } from '../props';
import { Held } from './Held';
import { TextPreview } from './TextPreview';
import { AskFirst } from './Waiting';

/** Larger ones are read when asked for. */
const AT_ONCE = 8 * 1024 * 1024;
/** Cells at first, and more at a time. */
const SHOWN = 50;

interface NotebookPreviewProps {
  readonly name: string;
  readonly size: number;
  readonly read: ReadBytes;
}

export function NotebookPreview(props: NotebookPreviewProps): JSX.Element {
  const { size, read } = props;
  const [asked, setAsked] = useState(size <= AT_ONCE);
  if (!asked) {
    return <AskFirst bytes={size} show={() => setAsked(true)} />;
  }
  return (
    <Held read={read} wanted={size}>
      {bytes => <Notebook {...props} bytes={bytes} />}
    </Held>
  );
}

function Notebook(
  props: NotebookPreviewProps & { readonly bytes: Uint8Array }
): JSX.Element {
  const { name, bytes } = props;
  const cells = useMemo(() => readNotebook(decodeText(bytes, true)), [bytes]);
  return cells === null ? (
    <TextPreview {...props} />
  ) : (
    <Cells cells={cells} name={name} />
  );
}

function Cells(props: {
  readonly cells: readonly NotebookCell[];
  readonly name: string;
}): JSX.Element {
  const { cells, name } = props;
  const trans = useTrans();
  const [shown, setShown] = useState(SHOWN);
  const left = cells.length - shown;
  return (
    <>
      <ol
        className="ds-Preview-notebook"
        aria-label={trans.__('Cells of %1', name)}
      >
        {cells.slice(0, shown).map((cell, i) => (
          <Cell key={i} cell={cell} place={i + 1} />
        ))}
      </ol>
      {cells.length === 0 && (
        <p className="ds-Preview-none">
          {trans.__('A notebook without cells')}
        </p>
      )}
      {left > 0 && (
        <div className="ds-Preview-bar">
          <Button onClick={() => setShown(shown + SHOWN * 4)}>
            {trans._n(
              'Show %2 more cell',
              'Show %2 more cells',
              left,
              formatCount(left)
            )}
          </Button>
        </div>
      )}
    </>
  );
}

function Cell(props: {
  readonly cell: NotebookCell;
  readonly place: number;
}): JSX.Element {
  const { cell, place } = props;
  const trans = useTrans();
  const prompt = cell.kind === 'code' ? `[${cell.count ?? ' '}]` : '';
  return (
    <li className={`ds-Preview-cell ds-mod-${cell.kind}`}>
      <span className="ds-Preview-prompt" aria-hidden>
        {prompt}
      </span>
      <pre
        className="ds-Preview-source"
        tabIndex={0}
        role="region"
        aria-label={trans.__('Cell %1', formatCount(place))}
      >
        {cell.source}
      </pre>
      {cell.outputs.map((output, i) => (
        <Output key={i} output={output} place={place} />
      ))}
    </li>
  );
}

function Output(props: {
  readonly output: NotebookOutput;
  readonly place: number;
}): JSX.Element {
  const { output, place } = props;
  const trans = useTrans();
  const label = trans.__('Output of cell %1', formatCount(place));
  switch (output.kind) {
    case 'text':
      return (
        <pre
          className={`ds-Preview-output${output.isError ? ' ds-mod-error' : ''}`}
          tabIndex={0}
          role="region"
          aria-label={label}
        >
          {output.text}
        </pre>
      );
    case 'image':
      return (
        <img
          className="ds-Preview-output"
          alt={label}
          src={`data:${output.mime};base64,${output.base64}`}
        />
      );
    case 'hidden':
      return (
        <p className="ds-Preview-output ds-meta">
          {trans.__('Output of type %1 is not shown.', output.mime)}
        </p>
      );
  }
}
