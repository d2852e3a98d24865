/** The first rows of a CSV or TSV file. */
import { decodeText } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../../host/trans';
import { useAnswer } from '../../parts/useAnswer';
import type { ReadBytes } from '../props';
import { Held } from './Held';
import { TableView } from './TableView';
import { TextPreview } from './TextPreview';
import { Waiting } from './Waiting';

const FIRST = 256 * 1024;

interface CsvPreviewProps {
  readonly name: string;
  readonly size: number;
  readonly read: ReadBytes;
}

export function CsvPreview(props: CsvPreviewProps): JSX.Element {
  const { size, read } = props;
  return (
    <Held read={read} wanted={Math.min(size, FIRST)}>
      {bytes => <Rows {...props} bytes={bytes} />}
    </Held>
  );
}

function Rows(
  props: CsvPreviewProps & { readonly bytes: Uint8Array }
): JSX.Element {
  const { name, size, bytes } = props;
  const trans = useTrans();
  const whole = bytes.length >= size;
  const answer = useAnswer(`${name} ${bytes.length}`, async () => {
    const { readCsv } = await import('./csv');
    const text = decodeText(bytes, whole);
    return readCsv(text, whole, name.toLowerCase().endsWith('.tsv'));
  });
  if (answer.kind === 'waiting') {
    return <Waiting />;
  }
  // What is no table is still a text.
  return answer.kind === 'failed' || answer.value.columnCount === 0 ? (
    <TextPreview {...props} />
  ) : (
    <TableView table={answer.value} label={trans.__('Rows of %1', name)} />
  );
}
