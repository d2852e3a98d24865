/** The other newest values of a live run, on one line. */
import {
  formatCount,
  formatValue,
  type LiveRun,
  type Value
} from '@dotscience/core';
import React from 'react';

const SHOWN = 3;

export function LiveValues(props: {
  readonly run: LiveRun;
  /** The one that stands above. */
  readonly first: Value | null;
}): JSX.Element | null {
  const values = props.run.metrics.filter(value => value !== props.first);
  return values.length === 0 ? null : (
    <p className="ds-LiveCard-others">
      {values.slice(0, SHOWN).map(value => (
        <span key={value.key} title={`${value.key} ${value.text}`}>
          {value.key} <b>{formatValue(value)}</b>
        </span>
      ))}
      {values.length > SHOWN && (
        <span>+ {formatCount(values.length - SHOWN)}</span>
      )}
    </p>
  );
}
