/** All that is known of where a run was made. */
import type { Run } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../../host/trans';
import { Facts } from '../../parts/Facts';
import { Section } from '../../parts/Section';
import { Environment } from '../Environment';
import { dataOf, type RunParts } from '../parts';
import type { RunPageCallbacks } from '../props';
import { Failure } from '../../parts/Failure';
import { ComparisonSection } from './Comparison';
import { GitSection } from './GitSection';
import { Packages } from './Packages';
import { Use } from './Use';

export function EnvironmentTab(props: {
  readonly run: Run;
  readonly parts: RunParts;
  readonly callbacks: RunPageCallbacks;
}): JSX.Element {
  const { run, parts, callbacks } = props;
  const trans = useTrans();
  const environment = dataOf(parts.environment);
  const { environment: part } = parts;
  return (
    <div className="ds-RunPage-columns">
      <div className="ds-RunPage-main">
        {part.kind === 'failed' && part.error.code !== 'not-recorded' && (
          <Failure error={part.error} retry={callbacks.retry} />
        )}
        {environment && <ComparisonSection {...{ environment, callbacks }} />}
        <Use run={run} part={parts.curves} want={callbacks.wantCurves} />
        {environment?.git && <GitSection git={environment.git} />}
        {environment && (
          <Packages
            packages={environment.packages ?? {}}
            origins={environment.origins}
            conda={environment.conda}
          />
        )}
        {!environment && !run.context && (
          <p className="ds-RunPage-none">
            {trans.__('The environment was not recorded')}
          </p>
        )}
      </div>
      <div className="ds-RunPage-side">
        <Environment run={run} part={part} all={environment === null} />
        <Named title={trans.__('Seeds')} values={environment?.seeds} />
        <Named title={trans.__('Variables')} values={environment?.variables} />
      </div>
    </div>
  );
}

function Named(props: {
  readonly title: string;
  readonly values: Readonly<Record<string, string>> | undefined;
}): JSX.Element | null {
  const rows = Object.entries(props.values ?? {});
  return rows.length === 0 ? null : (
    <Section icon="parameters" title={props.title} count={String(rows.length)}>
      <Facts
        rows={rows.map(([name, value]) => [
          name,
          <code key={name}>{value}</code>
        ])}
      />
    </Section>
  );
}
