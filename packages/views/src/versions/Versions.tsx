/** The versions of one file: which there are, what each holds, and the way back to it. */
import {
  formatBytes,
  formatCount,
  formatFull,
  pathText,
  shortRunId,
  shortSnapshotId,
  type Versions as Answer
} from '@dotscience/core';
import React, { useId, useRef } from 'react';

import { Acts } from '../bringing/Acts';
import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { Failure } from '../parts/Failure';
import { NoticeBox } from '../parts/NoticeBox';
import { Page, Unready } from '../parts/Page';
import { PathText } from '../parts/PathText';
import { useMoment } from '../parts/useMoment';
import type {
  FilePath,
  VersionsCallbacks,
  VersionsModel,
  VersionsProps
} from './props';
import { VersionDetail } from './VersionDetail';
import { VersionList } from './VersionList';
import { namesOf } from './words';

export function Versions(props: VersionsProps): JSX.Element {
  const { trans, clock, model, callbacks } = props;
  return (
    <Page className="ds-View ds-Versions" trans={trans} clock={clock}>
      <Phase model={model} callbacks={callbacks} />
    </Page>
  );
}

interface PhaseProps {
  readonly model: VersionsModel;
  readonly callbacks: VersionsCallbacks;
}

function Phase({ model, callbacks }: PhaseProps): JSX.Element {
  const trans = useTrans();
  switch (model.phase) {
    case 'nothing':
      return (
        <p className="ds-Versions-none">
          {trans.__('Select a file in the file browser to see its versions.')}
        </p>
      );
    case 'ready':
      return <Ready {...model} callbacks={callbacks} />;
    default:
      return (
        <>
          <Head path={model.path} />
          <Unready
            model={model}
            loading={trans.__('Loading versions')}
            title={trans.__('Versions not shown')}
            retry={callbacks.retry}
          />
        </>
      );
  }
}

function Head(props: {
  readonly path: FilePath;
  readonly children?: React.ReactNode;
}): JSX.Element {
  const text = pathText(props.path);
  const [folder, name] = namesOf(props.path);
  return (
    <header className="ds-Versions-head">
      <Icon name="file" />
      <h1 title={text}>{name || text}</h1>
      {folder && (
        <span className="ds-Versions-folder">
          <PathText path={folder} mono />
        </span>
      )}
      {props.children}
    </header>
  );
}

type ReadyProps = Extract<VersionsModel, { phase: 'ready' }> & {
  readonly callbacks: VersionsCallbacks;
};

function Ready(props: ReadyProps): JSX.Element {
  const { path, versions: answer, chosen, missed, acts, stale } = props;
  const { callbacks } = props;
  const trans = useTrans();
  const detail = useRef<HTMLElement>(null);
  const { versions } = answer;
  const found = versions.findIndex(({ ref }) => ref === chosen);
  const at = found < 0 ? 0 : found;
  const version = versions[at];
  return (
    <>
      <Head path={path}>
        {versions.length > 0 && (
          <span className="ds-Versions-count">{countText(answer, trans)}</span>
        )}
      </Head>
      {(acts.length > 0 || stale || missed) && (
        <div className="ds-Versions-notices">
          {stale && (
            <Failure
              title={trans.__('Versions not shown')}
              error={stale}
              retry={callbacks.retry}
            />
          )}
          {missed && <Missed of={missed} answer={answer} />}
          <Acts acts={acts} callbacks={callbacks} />
        </div>
      )}
      {version ? (
        <div className="ds-Versions-body">
          <section
            className="ds-Versions-side"
            aria-label={trans.__('Versions')}
          >
            <Now answer={answer} saveSnapshot={callbacks.saveSnapshot} />
            <VersionList
              versions={answer}
              at={at}
              choose={callbacks.choose}
              enter={() => detail.current?.focus()}
            />
            {answer.cut && (
              <p className="ds-Versions-cut">
                {trans.__('Older versions are not listed.')}
              </p>
            )}
          </section>
          <VersionDetail
            key={version.ref}
            focusRef={detail}
            path={path}
            version={version}
            isNow={answer.now?.version === at}
            hasNow={answer.now !== null}
            callbacks={callbacks}
          />
        </div>
      ) : (
        <None answer={answer} saveSnapshot={callbacks.saveSnapshot} />
      )}
    </>
  );
}

/** What is shown is not the file as that run had it. */
function Missed(props: {
  readonly of: string;
  readonly answer: Answer;
}): JSX.Element {
  const { of, answer } = props;
  const trans = useTrans();
  return (
    <NoticeBox
      severity="warning"
      title={
        of.startsWith('@')
          ? trans.__(
              'None of these is of snapshot %1',
              shortSnapshotId(of.slice(1))
            )
          : trans.__('None of these is the file of run %1', shortRunId(of))
      }
      text={
        answer.cut
          ? trans.__('It is older than those listed, or was not stored.')
          : trans.__(
              'It was written again before its bytes were stored, or its snapshot is still to come.'
            )
      }
      kept={answer.versions.length > 0 ? trans.__('The versions below.') : ''}
    />
  );
}

function countText(
  { versions, cut }: Answer,
  trans: ReturnType<typeof useTrans>
): string {
  const count = formatCount(versions.length);
  return cut
    ? trans.__('the newest %1 versions', count)
    : trans._n('%1 version', '%2 versions', versions.length, count);
}

interface NowProps {
  readonly answer: Answer;
  readonly saveSnapshot?: () => void;
}

/** The file as it is, where that is none of its versions. */
function Now({ answer, saveSnapshot }: NowProps): JSX.Element | null {
  const trans = useTrans();
  const moment = useMoment();
  const { zone } = useClock();
  const { now } = answer;
  const id = useId();
  if (now?.version !== null && now !== null) {
    return null;
  }
  if (now === null) {
    return (
      <p className="ds-Versions-now">
        <Icon name="info" />
        <span>{trans.__('Not there now.')}</span>
      </p>
    );
  }
  const changed = timeOfNs(now.mtime_ns);
  return (
    <div className="ds-Versions-now" aria-labelledby={id}>
      <Icon name="info" />
      <span id={id}>
        {trans.__('As it is now: in no snapshot yet.')}{' '}
        <span className="ds-muted">
          {changed && (
            <time dateTime={changed} title={formatFull(changed, zone)}>
              {trans.__('Changed %1', moment(changed))}
            </time>
          )}
          {', '}
          {formatBytes(now.size)}
        </span>{' '}
        {saveSnapshot && (
          <Button look="link" onClick={saveSnapshot}>
            {trans.__('Save snapshot')}
          </Button>
        )}
      </span>
    </div>
  );
}

/** RFC 3339 of a file's time; null for what is no time. */
function timeOfNs(ns: string): string | null {
  const date = new Date(Number(ns) / 1e6);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function None({ answer, saveSnapshot }: NowProps): JSX.Element {
  const trans = useTrans();
  const { kind } = answer;
  const [what, hint] =
    kind === 'folder'
      ? [
          trans.__('A folder'),
          trans.__('Files have versions. Select a file in it.')
        ]
      : kind === 'missing'
        ? [
            trans.__('Not there'),
            trans.__(
              'There is no such file now, and it was never in a snapshot.'
            )
          ]
        : [
            trans.__('Never in a snapshot'),
            trans.__(
              'The next run or snapshot keeps it, if its folder is tracked.'
            )
          ];
  return (
    <div className="ds-Versions-none">
      <p>
        <b>{what}</b>
      </p>
      <p>{hint}</p>
      {kind === 'file' && saveSnapshot && (
        <p>
          <Button icon="camera" onClick={saveSnapshot}>
            {trans.__('Save snapshot')}
          </Button>
        </p>
      )}
    </div>
  );
}
