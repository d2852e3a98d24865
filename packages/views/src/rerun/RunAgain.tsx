/** What running a run again would do, and the choice of its environment; in place, below the head. */
import { formatCount, type Rerun } from '@dotscience/core';
import React, { useEffect, useId, useRef, useState } from 'react';

import { useTrans, type Trans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button, IconButton } from '../parts/Button';
import { Delayed } from '../parts/Delayed';
import type { Part } from '../runpage/parts';
import type { RerunCallbacks } from './props';
import { differenceKind, rebuildText } from './words';

const SHOWN = 5;

interface RunAgainProps {
  readonly plan: Part<Rerun>;
  readonly callbacks: RerunCallbacks;
  close(): void;
}

export function RunAgain(props: RunAgainProps): JSX.Element {
  const { plan, callbacks, close } = props;
  const trans = useTrans();
  const id = useId();
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  return (
    <section
      className="ds-RunAgain"
      aria-labelledby={id}
      onKeyDown={event => event.key === 'Escape' && close()}
    >
      <header className="ds-RunAgain-head">
        <Icon name="again" />
        <h2 id={id} ref={head} tabIndex={-1}>
          {trans.__('Run again')}
        </h2>
        <IconButton icon="close" label={trans.__('Close')} onClick={close} />
      </header>
      <div className="ds-RunAgain-body">
        <Plan {...{ plan, callbacks, close }} />
      </div>
    </section>
  );
}

function Plan({ plan, callbacks, close }: RunAgainProps): JSX.Element {
  const trans = useTrans();
  switch (plan.kind) {
    case 'absent':
    case 'loading':
      return (
        <Delayed>
          <p className="ds-muted" role="status">
            {trans.__('Comparing the environment with now.')}
          </p>
        </Delayed>
      );
    case 'failed':
      return (
        <>
          <p className="ds-FieldError">{plan.error.message}</p>
          <p>{plan.error.next}</p>
          <div className="ds-Actions">
            <Button onClick={callbacks.look}>{trans.__('Try again')}</Button>
          </div>
        </>
      );
    case 'ready':
      return plan.data.kind === 'none' ? (
        <>
          <p>{trans.__('This run cannot be run again.')}</p>
          <p className="ds-meta">{plan.data.reason}</p>
        </>
      ) : (
        <Form plan={plan.data} callbacks={callbacks} close={close} />
      );
  }
}

function Form(props: {
  readonly plan: Rerun;
  readonly callbacks: RerunCallbacks;
  close(): void;
}): JSX.Element {
  const { plan, callbacks, close } = props;
  const trans = useTrans();
  const [rebuild, setRebuild] = useState(false);
  const [starting, setStarting] = useState(false);
  const start = async (): Promise<void> => {
    setStarting(true);
    await callbacks.start(rebuild ? 'rebuild' : 'current');
    setStarting(false);
    close();
  };
  return (
    <>
      <What plan={plan} />
      <Environment plan={plan} rebuild={rebuild} setRebuild={setRebuild} />
      {plan.not_kept > 0 && (
        <p className="ds-RunAgain-look">
          <Icon name="look" label={trans.__('Warning')} />
          {trans._n(
            '%2 file of it was not kept: it is missing there, so the result may differ.',
            '%2 files of it were not kept: they are missing there, so the result may differ.',
            plan.not_kept,
            formatCount(plan.not_kept)
          )}
        </p>
      )}
      <div className="ds-Actions">
        <Button
          icon="again"
          unavailable={starting ? trans.__('It begins') : null}
          onClick={() => void start()}
        >
          {trans.__('Run again in a side folder')}
        </Button>
        <Button look="plain" onClick={close}>
          {trans.__('Not now')}
        </Button>
      </div>
    </>
  );
}

function What({ plan }: { readonly plan: Rerun }): JSX.Element {
  const trans = useTrans();
  return (
    <div>
      <p>
        {plan.kind === 'notebook'
          ? trans.__('Runs this notebook from top to bottom in a new kernel:')
          : trans.__('Runs this command:')}
      </p>
      <pre className="ds-RunAgain-what">{plan.what}</pre>
      <p className="ds-meta">
        {trans.__(
          'It gets the files of the run in a new folder. Nothing of yours is overwritten.'
        )}
      </p>
    </div>
  );
}

function Environment(props: {
  readonly plan: Rerun;
  readonly rebuild: boolean;
  setRebuild(rebuild: boolean): void;
}): JSX.Element {
  const { plan, rebuild, setRebuild } = props;
  const trans = useTrans();
  const name = useId();
  return (
    <fieldset className="ds-RunAgain-environment">
      <legend>{trans.__('Environment')}</legend>
      {plan.can_rebuild !== null && (
        <label className="ds-Radio">
          <input
            type="radio"
            name={name}
            checked={rebuild}
            onChange={() => setRebuild(true)}
          />
          {rebuildText(plan.can_rebuild, trans)}
        </label>
      )}
      <label className="ds-Radio">
        <input
          type="radio"
          name={name}
          checked={!rebuild}
          onChange={() => setRebuild(false)}
        />
        <span>
          {trans.__('The environment as it is now')}
          <span className="ds-meta">{differencesText(plan, trans)}</span>
        </span>
      </label>
      {!rebuild && <Differences plan={plan} />}
    </fieldset>
  );
}

function differencesText({ environment }: Rerun, trans: Trans): string {
  return environment.length === 0
    ? trans.__('No difference to what the run recorded.')
    : trans._n(
        '%2 difference to what the run recorded.',
        '%2 differences to what the run recorded.',
        environment.length,
        formatCount(environment.length)
      );
}

function Differences({ plan }: { readonly plan: Rerun }): JSX.Element | null {
  const trans = useTrans();
  const [all, setAll] = useState(false);
  const { environment } = plan;
  if (environment.length === 0) {
    return null;
  }
  const shown = all ? environment : environment.slice(0, SHOWN);
  return (
    <div className="ds-RunAgain-differences">
      <table>
        <thead>
          <tr>
            <th scope="col">{trans.__('What')}</th>
            <th scope="col">{trans.__('Then')}</th>
            <th scope="col">{trans.__('Now')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ what, name, then, now }) => (
            <tr key={`${what} ${name}`}>
              <th scope="row" title={differenceKind(what, trans)}>
                {name}
              </th>
              <td className="ds-Side-a">{then ?? trans.__('none')}</td>
              <td className="ds-Side-b">{now ?? trans.__('none')}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {environment.length > shown.length && (
        <Button look="link" onClick={() => setAll(true)}>
          {trans.__('+ %1', formatCount(environment.length - shown.length))}
        </Button>
      )}
    </div>
  );
}
