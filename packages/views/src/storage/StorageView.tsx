/** What the store holds: totals, budget, what is given up next, runs by what they hold, the last check. */
import type { Storage } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { isGoing, JobItem } from '../panel/JobItem';
import { Failure } from '../parts/Failure';
import { Page, Unready } from '../parts/Page';
import { Freeing } from './Freeing';
import type { StorageCallbacks, StorageModel, StorageViewProps } from './props';
import { RunsTable } from './RunsTable';
import { Totals } from './Totals';
import { Verification } from './Verification';

const KINDS = ['gc', 'verify', 'migrate'];

export function StorageView(props: StorageViewProps): JSX.Element {
  const { trans, clock, model, callbacks } = props;
  return (
    <Page className="ds-View ds-Storage" trans={trans} clock={clock}>
      <Phase model={model} callbacks={callbacks} />
    </Page>
  );
}

interface PhaseProps {
  readonly model: StorageModel;
  readonly callbacks: StorageCallbacks;
}

function Phase({ model, callbacks }: PhaseProps): JSX.Element {
  const trans = useTrans();
  return model.phase === 'ready' ? (
    <Ready {...model} callbacks={callbacks} />
  ) : (
    <Unready
      model={model}
      loading={trans.__('Counting what is stored')}
      retry={callbacks.retry}
    />
  );
}

type ReadyProps = Extract<StorageModel, { phase: 'ready' }> & {
  readonly callbacks: StorageCallbacks;
};

function Ready(props: ReadyProps): JSX.Element {
  const { workspace, storage, verify, jobs, failure, callbacks } = props;
  const trans = useTrans();
  const going = jobs.filter(job => KINDS.includes(job.kind) && isGoing(job));
  return (
    <>
      <header className="ds-Storage-head">
        <h1>{trans.__('Storage of %1', workspace)}</h1>
      </header>
      <div className="ds-Storage-body">
        {failure && <Failure error={failure} />}
        {going.map(job => (
          <JobItem key={job.id} job={job} cancel={callbacks.cancelJob} />
        ))}
        <Totals storage={storage} callbacks={callbacks} />
        <Freeing storage={storage} callbacks={callbacks} />
        <Runs storage={storage} callbacks={callbacks} />
        <Verification
          report={verify}
          going={going.some(({ kind }) => kind === 'verify')}
          callbacks={callbacks}
        />
      </div>
    </>
  );
}

function Runs(props: {
  readonly storage: Storage;
  readonly callbacks: StorageCallbacks;
}): JSX.Element {
  const trans = useTrans();
  const { storage, callbacks } = props;
  if (storage.counted === null) {
    return (
      <p className="ds-muted" role="status">
        {trans.__('Counting what each run holds.')}
      </p>
    );
  }
  if (storage.runs.length === 0) {
    return (
      <p className="ds-muted">
        {trans.__('No run holds anything yet. Each new run appears here.')}
      </p>
    );
  }
  return <RunsTable runs={storage.runs} callbacks={callbacks} />;
}
