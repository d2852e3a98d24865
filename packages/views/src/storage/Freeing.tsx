/**
 * Owns giving up bytes by hand: first what it would give up, then one button. What the worker will do by
 * itself is announced here too.
 */
import {
  formatBytes,
  formatCount,
  type GcPlan,
  type Storage
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { NoticeBox } from '../parts/NoticeBox';
import { Section } from '../parts/Section';
import { useMoment } from '../parts/useMoment';
import type { StorageCallbacks } from './props';

const SHOWN = 5;

type Step = 'idle' | 'planning' | 'planned' | 'freeing' | 'freed';

export function Freeing(props: {
  readonly storage: Storage;
  readonly callbacks: StorageCallbacks;
}): JSX.Element {
  const { storage, callbacks } = props;
  const { planFreeing, free } = callbacks;
  const trans = useTrans();
  const [step, setStep] = useState<Step>('idle');
  const plan = async (): Promise<void> => {
    setStep('planning');
    await planFreeing?.();
    setStep('planned');
  };
  const give = async (): Promise<void> => {
    setStep('freeing');
    await free?.();
    setStep('freed');
  };
  return (
    <Section icon="storage" title={trans.__('Given up next')}>
      <div className="ds-Storage-part">
        <Announced plan={storage.plan} keepRuns={callbacks.keepRuns} />
        {storage.plan && (
          <PlannedRuns plan={storage.plan} openRun={callbacks.openRun} />
        )}
        {step !== 'planned' && <Outlook storage={storage} />}
        {step === 'freed' && storage.unused_bytes > 0 && (
          <p role="status">
            {trans.__(
              'What stays for now is younger than ten minutes, or lies in a damaged file: verify finds it.'
            )}
          </p>
        )}
        {step === 'planned' && freed(storage) === 0 && (
          <p role="status">{trans.__('Nothing can be freed now.')}</p>
        )}
        {step === 'planned' && free && freed(storage) > 0 ? (
          <Planned
            storage={storage}
            free={() => void give()}
            keep={() => setStep('idle')}
          />
        ) : (
          planFreeing &&
          free && (
            <div className="ds-Actions">
              <Button
                unavailable={
                  step === 'planning' || step === 'freeing'
                    ? trans.__('This is being worked out')
                    : null
                }
                onClick={() => void plan()}
              >
                {trans.__('Free now…')}
              </Button>
            </div>
          )
        )}
      </div>
    </Section>
  );
}

/** What freeing would give: unused bytes, and large outputs of runs. */
const freed = ({ unused_bytes, plan }: Storage): number =>
  unused_bytes + (plan?.bytes ?? 0);

function Outlook({ storage }: { readonly storage: Storage }): JSX.Element {
  const trans = useTrans();
  const { unused_bytes, plan } = storage;
  return (
    <p>
      {unused_bytes > 0
        ? trans.__('%1 are needed by nothing.', formatBytes(unused_bytes))
        : trans.__('Everything stored is needed.')}{' '}
      {plan === null && trans.__('No run has to give up anything.')}
    </p>
  );
}

function Announced({
  plan,
  keepRuns
}: {
  readonly plan: GcPlan | null;
  readonly keepRuns: StorageCallbacks['keepRuns'];
}): JSX.Element | null {
  const trans = useTrans();
  const moment = useMoment();
  if (plan === null || plan.due === null) {
    return null;
  }
  return (
    <NoticeBox
      severity="info"
      icon="clock"
      title={trans._n(
        'Large outputs of %2 run are given up %3',
        'Large outputs of %2 runs are given up %3',
        plan.runs.length,
        formatCount(plan.runs.length),
        moment(plan.due)
      )}
      kept={trans.__(
        'Every run with its metrics, code and small files, and the size, time and hash of what goes.'
      )}
      next={trans.__(
        'Pin or label a run to keep all of it, or raise the budget.'
      )}
      actions={
        keepRuns && (
          <Button onClick={() => void keepRuns()}>
            {trans.__('Keep these runs')}
          </Button>
        )
      }
    />
  );
}

function PlannedRuns(props: {
  readonly plan: GcPlan;
  openRun(id: string): void;
}): JSX.Element {
  const { plan, openRun } = props;
  const trans = useTrans();
  const [all, setAll] = useState(false);
  const shown = all ? plan.runs : plan.runs.slice(0, SHOWN);
  const more = plan.runs.length - shown.length;
  return (
    <>
      <ul
        className="ds-Storage-planned"
        aria-label={trans.__('Runs, oldest first')}
      >
        {shown.map(run => (
          <li key={run.run}>
            <Button look="link" onClick={() => openRun(run.run)}>
              {run.title}
            </Button>
            <span className="ds-meta">
              {trans._n(
                '%2 file, %3 so far',
                '%2 files, %3 so far',
                run.files,
                formatCount(run.files),
                formatBytes(run.bytes)
              )}
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Button look="link" onClick={() => setAll(true)}>
          {trans.__('+ %1 runs', formatCount(more))}
        </Button>
      )}
    </>
  );
}

function Planned(props: {
  readonly storage: Storage;
  free(): void;
  keep(): void;
}): JSX.Element {
  const { storage, free, keep } = props;
  const trans = useTrans();
  const bytes = freed(storage);
  const runs = storage.plan?.runs.length ?? 0;
  return (
    <div role="status" className="ds-Storage-ask">
      <p>
        {runs > 0
          ? trans._n(
              'Frees %2: %3 that nothing needs, and large outputs of %4 run.',
              'Frees %2: %3 that nothing needs, and large outputs of %4 runs.',
              runs,
              formatBytes(bytes),
              formatBytes(storage.unused_bytes),
              formatCount(runs)
            )
          : trans.__('Frees %1 that nothing needs.', formatBytes(bytes))}
      </p>
      <div className="ds-Actions">
        <Button look="filled" onClick={free}>
          {trans.__('Free %1', formatBytes(bytes))}
        </Button>
        <Button look="plain" onClick={keep}>
          {trans.__('Keep all')}
        </Button>
      </div>
    </div>
  );
}
