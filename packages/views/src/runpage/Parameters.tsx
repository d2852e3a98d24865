/** The parameters of a run, and what of them differs from the best run before. */
import {
  compareParameters,
  formatCount,
  type ComparedParameter,
  type Run,
  type RunSummary
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { Section } from '../parts/Section';

/** From so many on, equal ones fold away. */
const MANY = 12;

export function Parameters(props: {
  readonly run: Run;
  readonly before: RunSummary | null;
}): JSX.Element | null {
  const { run, before } = props;
  const trans = useTrans();
  const { parameters, gone } = compareParameters(
    run.parameters,
    before?.parameters ?? null
  );
  if (parameters.length + gone.length === 0) {
    return null;
  }
  const differs =
    gone.length > 0 || parameters.some(({ before }) => before.kind !== 'same');
  return (
    <Section
      className="ds-Parameters"
      icon="parameters"
      title={trans.__('Parameters')}
      count={formatCount(parameters.length)}
      tools={
        differs && (
          <span className="ds-meta ds-Differs">
            {trans.__('differs from best before')}
          </span>
        )
      }
    >
      <dl className="ds-Facts">
        <Rows
          parameters={parameters}
          folds={differs && parameters.length > MANY}
        />
        {gone.map(({ key, text }) => (
          <div key={`gone ${key}`} className="ds-Facts-row">
            <dt title={key}>{key}</dt>
            <dd>
              <span className="ds-meta ds-Differs">
                {trans.__('none, was %1', text)}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Rows(props: {
  readonly parameters: readonly ComparedParameter[];
  readonly folds: boolean;
}): JSX.Element {
  const { parameters, folds } = props;
  const trans = useTrans();
  const [unfolded, setUnfolded] = useState(false);
  const shown =
    folds && !unfolded
      ? parameters.filter(({ before }) => before.kind !== 'same')
      : parameters;
  const equal = parameters.length - shown.length;
  return (
    <>
      {shown.map(parameter => (
        <Row key={parameter.value.key} {...parameter} />
      ))}
      {equal > 0 && (
        <div className="ds-Facts-row">
          <dt>
            <Button look="link" onClick={() => setUnfolded(true)}>
              {trans._n(
                'Show %2 equal parameter',
                'Show %2 equal parameters',
                equal,
                formatCount(equal)
              )}
            </Button>
          </dt>
          <dd />
        </div>
      )}
    </>
  );
}

function Row({ value, before }: ComparedParameter): JSX.Element {
  const trans = useTrans();
  return (
    <div className="ds-Facts-row">
      <dt title={value.key}>{value.key}</dt>
      <dd title={value.text}>
        <code>{value.text}</code>
        {before.kind !== 'same' && (
          <span className="ds-meta ds-Differs">
            {before.kind === 'was'
              ? trans.__('was %1', before.text)
              : trans.__('new')}
          </span>
        )}
      </dd>
    </div>
  );
}
