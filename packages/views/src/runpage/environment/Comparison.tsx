/** How a run's environment differs from that of now, or of the run before. */
import {
  formatCount,
  shortRunId,
  type EnvironmentAnswer,
  type PackageChange
} from '@dotscience/core';
import React from 'react';

import { useTrans, type Trans } from '../../host/trans';
import { Choice } from '../../parts/Choice';
import { Section } from '../../parts/Section';
import { useMoment } from '../../parts/useMoment';
import type { RunPageCallbacks } from '../props';

type Comparison = NonNullable<EnvironmentAnswer['compared']>;

export function ComparisonSection(props: {
  readonly environment: EnvironmentAnswer;
  readonly callbacks: RunPageCallbacks;
}): JSX.Element {
  const { environment, callbacks } = props;
  const { compared } = environment;
  const { compareEnvironment } = callbacks;
  const trans = useTrans();
  const changes = compared ? changesOf(compared, trans) : [];
  return (
    <Section
      className="ds-Compared"
      icon="either-way"
      title={trans.__('Differences')}
      count={compared ? formatCount(changes.length) : undefined}
      tools={
        compareEnvironment && (
          <Choice
            label={trans.__('Compare with')}
            value={compared?.to === 'now' ? 'now' : 'before'}
            options={[
              ['before', trans.__('To the run before')],
              ['now', trans.__('To now')]
            ]}
            choose={compareEnvironment}
          />
        )
      }
    >
      {compared ? (
        <Changes {...{ compared, changes, callbacks }} />
      ) : (
        <p className="ds-Section-none">{trans.__('Nothing to compare with')}</p>
      )}
    </Section>
  );
}

function Changes(props: {
  readonly compared: Comparison;
  readonly changes: readonly PackageChange[];
  readonly callbacks: RunPageCallbacks;
}): JSX.Element {
  const { compared, changes } = props;
  const trans = useTrans();
  const moment = useMoment();
  const other =
    compared.to === 'now'
      ? trans.__('now')
      : (compared.title ?? trans.__('run %1', shortRunId(compared.to)));
  const at = compared.time ? `, ${moment(compared.time)}` : '';
  if (changes.length === 0) {
    return (
      <p className="ds-Section-none">
        {trans.__('The same as %1', other + at)}
      </p>
    );
  }
  return (
    <div
      className="ds-Scroll"
      tabIndex={0}
      role="region"
      aria-label={trans.__('What differs')}
    >
      <table className="ds-CellTable">
        <thead>
          <tr>
            <th scope="col">{trans.__('What')}</th>
            <th scope="col">{trans.__('This run')}</th>
            <th scope="col">
              {compared.to === 'now' ? trans.__('Now') : other + at}
            </th>
          </tr>
        </thead>
        <tbody>
          {changes.map(change => (
            <Row
              key={change.name}
              change={change}
              isNow={compared.to === 'now'}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

// `before` and `after` are in the order of time: a run comes before now, and after the run before.
function Row(props: {
  readonly change: PackageChange;
  readonly isNow: boolean;
}): JSX.Element {
  const { name, before, after } = props.change;
  const trans = useTrans();
  const [own, other] = props.isNow ? [before, after] : [after, before];
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{own ?? <span className="ds-muted">{trans.__('none')}</span>}</td>
      <td>{other ?? <span className="ds-muted">{trans.__('none')}</span>}</td>
    </tr>
  );
}

function changesOf(compared: Comparison, trans: Trans): PackageChange[] {
  const { python, packages, other } = compared;
  return [
    ...(python ? [{ ...python, name: trans.__('Python') }] : []),
    ...other,
    ...packages
  ];
}
