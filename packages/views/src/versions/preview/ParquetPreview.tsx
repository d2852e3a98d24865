/** The first rows of a Parquet file, of which only the bytes needed are read. */
import { formatBytes } from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans, type Trans } from '../../host/trans';
import { useAnswer } from '../../parts/useAnswer';
import type { ReadBytes } from '../props';
import { HexPreview } from './HexPreview';
import type { ParquetHead } from './parquet';
import { TableView } from './TableView';
import { AskFirst, Waiting } from './Waiting';

const BUDGET = 16 * 1024 * 1024;

interface ParquetPreviewProps {
  readonly name: string;
  readonly size: number;
  readonly read: ReadBytes;
}

export function ParquetPreview(props: ParquetPreviewProps): JSX.Element {
  const { name, size, read } = props;
  const trans = useTrans();
  const [budget, setBudget] = useState(BUDGET);
  const answer = useAnswer(`${name} ${budget}`, async () => {
    const { readParquet } = await import('./parquet');
    return readParquet(read, size, budget);
  });
  switch (answer.kind) {
    case 'waiting':
      return <Waiting />;
    case 'failed':
      return (
        <>
          <p className="ds-Preview-none">
            {trans.__('It cannot be read as a Parquet file: %1', answer.text)}
          </p>
          <HexPreview size={size} read={read} />
        </>
      );
    case 'here': {
      const { table, needs } = answer.value;
      return (
        <>
          <TableView
            table={table}
            label={trans.__('Rows of %1', name)}
            note={noteOf(answer.value, size, trans)}
          />
          {needs !== null && (
            <AskFirst bytes={needs} show={() => setBudget(needs)} />
          )}
        </>
      );
    }
  }
}

function noteOf(
  { read, needs }: ParquetHead,
  size: number,
  trans: Trans
): string {
  const text = trans.__('Read %1 of %2.', formatBytes(read), formatBytes(size));
  return needs === null
    ? text
    : `${text} ${trans.__('The other columns would need more.')}`;
}
