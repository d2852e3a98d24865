/** The panel of a workspace: header, notices, what runs, runs, changes, and saving a snapshot. */
import type { LiveRun, RunList, Status, Workspace } from '@dotscience/core';
import React, { useEffect, useRef, useState } from 'react';

import { ClockProvider, HOST_CLOCK } from '../host/clock';
import { useTrans, WithTrans } from '../host/trans';
import { Delayed } from '../parts/Delayed';
import { useRuns } from '../parts/useRuns';
import { PolicyEditor } from '../policy/PolicyEditor';
import { Changes } from './Changes';
import { Drafts } from './Drafts';
import { FirstMinute } from './FirstMinute';
import { Header } from './Header';
import { HeldBack } from './HeldBack';
import { JobItem, isGoing } from './JobItem';
import { LiveRuns } from './LiveRuns';
import { NoticeItem } from './NoticeItem';
import type {
  WorkspacePanelCallbacks,
  WorkspacePanelModel,
  WorkspacePanelProps
} from './props';
import { RunsSection, useMetricColumn } from './RunsSection';
import { SaveSnapshot } from './SaveSnapshot';
import { Skeletons } from './Skeletons';
import { Unreachable } from './Unreachable';
import { Untracked } from './Untracked';
import { useAnnouncement } from './useAnnouncement';
import { useFolds } from './useFolds';

export function WorkspacePanel(props: WorkspacePanelProps): JSX.Element {
  const { trans, clock = HOST_CLOCK, model, callbacks } = props;
  return (
    <WithTrans trans={trans}>
      <ClockProvider value={clock}>
        <Frame model={model} callbacks={callbacks} />
      </ClockProvider>
    </WithTrans>
  );
}

interface PartProps {
  readonly model: WorkspacePanelModel;
  readonly callbacks: WorkspacePanelCallbacks;
}

// The snapshot of a run is over in less: showing it would only make the list jump.
const LONG_MS = 700;

const NOTHING_RUNS: readonly LiveRun[] = [];

function Frame({ model, callbacks }: PartProps): JSX.Element {
  const trans = useTrans();
  const { workspace, phase } = model;
  const said = useAnnouncement(model.status?.running ?? NOTHING_RUNS);
  const panel = useFocusBack(model.editing === true);
  return (
    <section
      ref={panel}
      className="ds-Panel"
      aria-label={trans.__('Dotscience workspace')}
    >
      {workspace && <Header workspace={workspace} callbacks={callbacks} />}
      {phase === 'untracked' ? (
        <Untracked error={model.error} />
      ) : (
        <Body model={model} callbacks={callbacks} />
      )}
      <div className="ds-hidden" aria-live="polite">
        {said}
      </div>
    </section>
  );
}

/** What was edited closes where its menu is: the focus goes there, rather than nowhere; never from elsewhere. */
function useFocusBack(editing: boolean): React.RefObject<HTMLElement> {
  const panel = useRef<HTMLElement>(null);
  const before = useRef(editing);
  useEffect(() => {
    const isNowhere = document.activeElement === document.body;
    if (before.current && !editing && isNowhere) {
      panel.current
        ?.querySelector<HTMLElement>('.ds-MenuButton button')
        ?.focus();
    }
    before.current = editing;
  }, [editing]);
  return panel;
}

function Body({ model, callbacks }: PartProps): JSX.Element {
  const { workspace, status } = model;
  const list = useRuns(model.runs);
  const isFirst =
    model.runs !== null && list.count === 0 && status?.running.length === 0;
  const first = isFirst && workspace && status ? { workspace, status } : null;
  if (model.editing && workspace && status && callbacks.policy) {
    return <Editing {...{ workspace, status, callbacks }} />;
  }
  return (
    <>
      <div className="ds-Panel-body">
        <Notices model={model} callbacks={callbacks} asksToTrack={!first} />
        {first ? (
          <FirstMinute {...first} model={model} callbacks={callbacks} />
        ) : (
          <Tracked model={model} list={list} callbacks={callbacks} />
        )}
      </div>
      {workspace && status && (
        <SaveSnapshot
          look={first ? 'line' : 'filled'}
          save={callbacks.saveSnapshot}
        />
      )}
    </>
  );
}

function Editing(props: {
  readonly workspace: Workspace;
  readonly status: Status;
  readonly callbacks: WorkspacePanelCallbacks;
}): JSX.Element | null {
  const { workspace, status, callbacks } = props;
  const { policy, editPolicy, openIgnoreFile, openStorage, track } = callbacks;
  if (!policy) {
    return null;
  }
  const close = editPolicy && ((): void => editPolicy(false));
  return (
    <div className="ds-Panel-body">
      <PolicyEditor
        key={workspace.id}
        model={{ workspace, policy: status.policy, cost: status.cost }}
        callbacks={{ ...policy, openIgnoreFile, openStorage, track, close }}
      />
    </div>
  );
}

function Notices(
  props: PartProps & { readonly asksToTrack: boolean }
): JSX.Element {
  const { model, callbacks, asksToTrack } = props;
  const { status } = model;
  const notices = model.notices ?? status?.notices ?? [];
  const asked = notices.some(({ actions }) => actions.includes('track'));
  const asks = asksToTrack && !asked && status && status.cost.agreed === null;
  return (
    <div className="ds-Panel-notices">
      {model.phase === 'unreachable' && (
        <Unreachable error={model.error} retry={() => callbacks.retry(null)} />
      )}
      {notices.map(notice => (
        <NoticeItem key={notice.id} notice={notice} callbacks={callbacks} />
      ))}
      {status?.jobs.filter(isGoing).map(job => (
        <Delayed key={job.id} afterMs={LONG_MS}>
          <JobItem job={job} cancel={callbacks.cancelJob} />
        </Delayed>
      ))}
      {asks && <HeldBack cost={status.cost} track={callbacks.track} />}
    </div>
  );
}

function Tracked(props: PartProps & { readonly list: RunList }): JSX.Element {
  const { model, list, callbacks } = props;
  const { status, directions } = model;
  const column = useMetricColumn(list, model.metric, directions);
  const folds = useFolds(model.openGroups, callbacks.keepOpenGroups);
  const [pointed, setPointed] = useState(false);
  const running = status?.running ?? NOTHING_RUNS;
  return (
    <>
      <LiveRuns
        running={running}
        still={pointed}
        list={list}
        metric={column.metric}
        directions={directions}
        curves={model.curves}
        wantCurves={callbacks.wantCurves}
        cellNumber={model.cellNumber}
        openCell={callbacks.openCell}
      />
      {model.runs ? (
        <RunsSection
          list={list}
          running={running}
          folds={folds}
          onPointed={setPointed}
          column={column}
          selected={model.selected}
          callbacks={callbacks}
        />
      ) : (
        model.phase !== 'unreachable' && <Skeletons />
      )}
      <Drafts model={model} callbacks={callbacks} />
      {status && (
        <Changes
          changes={status.changes}
          since={status.last_snapshot?.time ?? null}
          openFile={callbacks.openFile}
          showVersions={callbacks.showVersions}
          claim={callbacks.claim}
        />
      )}
    </>
  );
}
