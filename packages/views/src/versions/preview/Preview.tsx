/**
 * What a version holds, without bringing it back: only the bytes that are needed are read, and all of
 * it is shown as text, a table or an image, never as a document that could act.
 */
import {
  kindOfBytes,
  kindOfName,
  type FileDiff,
  type PreviewKind
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../../host/trans';
import { Tabs, type Tab } from '../../parts/Tabs';
import type { ReadBytes } from '../props';
import { CsvPreview } from './CsvPreview';
import { DiffView } from './DiffView';
import { Held } from './Held';
import { HexPreview } from './HexPreview';
import { ImagePreview } from './ImagePreview';
import { NotebookPreview } from './NotebookPreview';
import { ParquetPreview } from './ParquetPreview';
import { TextPreview } from './TextPreview';
import { useHeldRead } from './useBytes';

/** Bytes by which a file without a telling name is known. */
const SNIFFED = 64 * 1024;

interface PreviewProps {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly read: ReadBytes;
  /** To the file as it is now; left out where there is none. */
  readonly difference?: () => Promise<FileDiff>;
}

type TabKey = 'content' | 'difference';

export function Preview(props: PreviewProps): JSX.Element {
  const { difference } = props;
  const trans = useTrans();
  const [chosen, setChosen] = useState<TabKey>('content');
  const read = useHeldRead(props.read);
  const content = <Content {...props} read={read} />;
  if (!difference || !mayDiffer(props.name)) {
    return <div className="ds-Preview">{content}</div>;
  }
  const tabs: Tab<TabKey>[] = [
    { key: 'content', title: trans.__('Content') },
    { key: 'difference', title: trans.__('Changes to now') }
  ];
  return (
    <div className="ds-Preview">
      <Tabs<TabKey>
        tabs={tabs}
        chosen={chosen}
        choose={setChosen}
        label={trans.__('What to show of this version')}
      >
        {chosen === 'content' ? content : <DiffView difference={difference} />}
      </Tabs>
    </div>
  );
}

// Of what is surely no text a difference says nothing.
function mayDiffer(name: string): boolean {
  const kind = kindOfName(name);
  return kind === null || kind === 'text' || kind === 'table';
}

function Content(props: PreviewProps): JSX.Element {
  const { name, size } = props;
  const trans = useTrans();
  const kind = kindOfName(name);
  if (size === 0) {
    return <p className="ds-Preview-none">{trans.__('An empty file')}</p>;
  }
  return kind === null ? (
    <Sniffed {...props} />
  ) : (
    <OfKind {...props} kind={kind} />
  );
}

function Sniffed(props: PreviewProps): JSX.Element {
  const { size, read } = props;
  return (
    <Held read={read} wanted={Math.min(size, SNIFFED)}>
      {bytes => (
        <OfKind {...props} kind={kindOfBytes(bytes, size <= SNIFFED)} />
      )}
    </Held>
  );
}

function OfKind(
  props: PreviewProps & { readonly kind: PreviewKind }
): JSX.Element {
  switch (props.kind) {
    case 'text':
      return <TextPreview {...props} />;
    case 'image':
      return <ImagePreview {...props} />;
    case 'table':
      return <CsvPreview {...props} />;
    case 'parquet':
      return <ParquetPreview {...props} />;
    case 'notebook':
      return <NotebookPreview {...props} />;
    case 'bytes':
      return <HexPreview {...props} />;
  }
}
