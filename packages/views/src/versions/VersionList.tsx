/** The versions of a file, newest first: a listbox in which what is active is looked at. */
import {
  formatBytes,
  formatFull,
  type Version,
  type Versions
} from '@dotscience/core';
import React, { useEffect, useId, useRef } from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { rowForKey } from '../parts/list-keys';
import { HOME } from '../parts/useFocusKept';
import { useMoment } from '../parts/useMoment';
import { lostWord, originText } from './words';

/** Rows that Page Up and Page Down go. */
const PAGE = 10;

interface VersionListProps {
  readonly versions: Versions;
  /** Position of the version that is looked at. */
  readonly at: number;
  choose(ref: string): void;
  /** Enter: to what the version holds. */
  enter(): void;
}

export function VersionList(props: VersionListProps): JSX.Element {
  const { versions: answer, at, choose, enter } = props;
  const { versions, now } = answer;
  const trans = useTrans();
  const id = useId();
  const box = useRef<HTMLUListElement>(null);
  const active = `${id}-${at}`;
  useEffect(() => {
    const row = box.current?.querySelector(`[aria-selected='true']`);
    row?.scrollIntoView?.({ block: 'nearest' });
  }, [at]);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const to = rowForKey(event.key, at, versions.length, PAGE);
    if (to !== null) {
      event.preventDefault();
      choose(versions[to].ref);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      enter();
    }
  };
  return (
    <ul
      ref={box}
      className="ds-VersionList"
      role="listbox"
      aria-label={trans.__('Versions, newest first')}
      aria-activedescendant={active}
      tabIndex={0}
      {...HOME}
      onKeyDown={onKeyDown}
    >
      {versions.map((version, i) => (
        <Row
          key={version.ref}
          id={`${id}-${i}`}
          version={version}
          selected={i === at}
          isNow={now?.version === i}
          place={i + 1}
          of={versions.length}
          choose={choose}
        />
      ))}
    </ul>
  );
}

interface RowProps {
  readonly id: string;
  readonly version: Version;
  readonly selected: boolean;
  /** The file is so now. */
  readonly isNow: boolean;
  readonly place: number;
  readonly of: number;
  choose(ref: string): void;
}

function Row(props: RowProps): JSX.Element {
  const { version, selected, isNow, choose } = props;
  const trans = useTrans();
  const moment = useMoment();
  const { zone } = useClock();
  const lost = lostWord(version, trans);
  const origin = originText(version, trans);
  return (
    <li
      id={props.id}
      className={`ds-VersionRow${selected ? ' ds-mod-selected' : ''}`}
      role="option"
      aria-selected={selected}
      aria-posinset={props.place}
      aria-setsize={props.of}
      onClick={() => choose(version.ref)}
    >
      <Icon
        name={lost ? 'ended' : 'published'}
        label={lost ? trans.__('Bytes not there') : trans.__('Kept')}
      />
      <span className="ds-VersionRow-when">
        <time dateTime={version.time} title={formatFull(version.time, zone)}>
          {moment(version.time)}
        </time>
        {isNow && (
          <span className="ds-VersionRow-mark">{trans.__('as it is now')}</span>
        )}
        {lost && <span className="ds-VersionRow-mark ds-mod-lost">{lost}</span>}
      </span>
      <span className="ds-VersionRow-size">{formatBytes(version.size)}</span>
      <span className="ds-VersionRow-origin" title={origin}>
        {origin}
      </span>
    </li>
  );
}
