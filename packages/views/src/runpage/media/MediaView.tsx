/** One item: an image, the first rows of a table, a text. Nothing is ever taken as HTML. */
import {
  formatBytes,
  formatCount,
  parseCsv,
  type MediaItem
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { useAnswer } from '../../parts/useAnswer';
import type { RunPageCallbacks } from '../props';

/** Larger ones are fetched when asked for. */
const AT_ONCE_BYTES = 2_000_000;
const ROWS = 10;
const COLUMNS = 12;
const TEXT = 5_000;

/** What the server gives inline (docs/formats/local-api.md). */
const IMAGES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

interface MediaViewProps {
  readonly item: MediaItem;
  readonly callbacks: RunPageCallbacks;
}

export function MediaView(props: MediaViewProps): JSX.Element {
  const { item, callbacks } = props;
  const trans = useTrans();
  const [asked, setAsked] = useState(item.size <= AT_ONCE_BYTES);
  const { downloadMedia } = callbacks;
  const body = bodyOf(props);
  if (body && asked) {
    return body;
  }
  return (
    <div className="ds-Media-frame ds-mod-none">
      <span className="ds-meta">
        {item.mime}, {formatBytes(item.size)}
      </span>
      {body && (
        <Button onClick={() => setAsked(true)}>{trans.__('Show')}</Button>
      )}
      {!body && downloadMedia && (
        <Button icon="download" onClick={() => downloadMedia(item.n)}>
          {trans.__('Download')}
        </Button>
      )}
    </div>
  );
}

/** Null for what is only downloaded: HTML, drawings that may hold scripts, what is not known. */
function bodyOf({ item, callbacks }: MediaViewProps): JSX.Element | null {
  const { mediaUrl, mediaText } = callbacks;
  if (IMAGES.includes(item.mime)) {
    return mediaUrl ? <Image item={item} url={mediaUrl(item.n)} /> : null;
  }
  if (!mediaText || item.kind === 'html' || item.mime === 'text/html') {
    return null;
  }
  if (item.kind === 'table' && item.mime === 'text/csv') {
    return <TableView item={item} fetch={mediaText} />;
  }
  return item.kind === 'text' ? (
    <TextView item={item} fetch={mediaText} />
  ) : null;
}

function Image(props: {
  readonly item: MediaItem;
  readonly url: string;
}): JSX.Element {
  const { item, url } = props;
  const trans = useTrans();
  const [broken, setBroken] = useState(false);
  const [width, height] = [item.shape?.[1], item.shape?.[0]];
  return broken ? (
    <div className="ds-Media-frame ds-mod-none ds-meta">
      {trans.__('The image cannot be shown')}
    </div>
  ) : (
    <a
      className="ds-Media-frame"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
    >
      <img
        src={url}
        loading="lazy"
        decoding="async"
        width={width}
        height={height}
        alt={item.caption ?? trans.__('Image %1', item.key)}
        onError={() => setBroken(true)}
      />
    </a>
  );
}

interface FetchedProps {
  readonly item: MediaItem;
  fetch(item: number): Promise<string>;
}

function TextView({ item, fetch }: FetchedProps): JSX.Element {
  const trans = useTrans();
  const answer = useAnswer(String(item.n), () => fetch(item.n));
  if (answer.kind !== 'here') {
    return <Waiting text={answer.kind === 'failed' ? answer.text : ''} />;
  }
  const { value } = answer;
  return (
    <pre className="ds-Text" tabIndex={0} role="region" aria-label={item.key}>
      {value.slice(0, TEXT)}
      {value.length > TEXT &&
        trans.__('… %1 more characters', formatCount(value.length - TEXT))}
    </pre>
  );
}

function TableView({ item, fetch }: FetchedProps): JSX.Element {
  const trans = useTrans();
  const answer = useAnswer(String(item.n), () => fetch(item.n));
  if (answer.kind !== 'here') {
    return <Waiting text={answer.kind === 'failed' ? answer.text : ''} />;
  }
  const { head, rows, more } = parseCsv(answer.value, ROWS, COLUMNS);
  return (
    <div
      className="ds-Media-table"
      tabIndex={0}
      role="region"
      aria-label={item.key}
    >
      <table>
        <thead>
          <tr>
            {head.map((text, i) => (
              <th key={i} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((text, j) => (
                <td key={j}>{text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {more && (
        <p className="ds-meta">
          {item.shape
            ? trans.__(
                'The first %1 of %2 rows',
                formatCount(rows.length),
                formatCount(item.shape[0])
              )
            : trans.__('The first %1 rows', formatCount(rows.length))}
        </p>
      )}
    </div>
  );
}

const Waiting = ({ text }: { readonly text: string }): JSX.Element => (
  <div className="ds-Media-frame ds-mod-none ds-meta">{text}</div>
);
