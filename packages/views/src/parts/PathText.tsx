/** A path in one line, cut at its start; whole in the tooltip. Its text never turns the line round. */
import { pathText } from '@dotscience/core';
import React from 'react';

type Path = Parameters<typeof pathText>[0];

export function PathText(props: {
  readonly path: Path;
  readonly mono?: boolean;
}): JSX.Element {
  const text = pathText(props.path);
  return (
    <span
      className={`ds-Path${props.mono ? ' ds-mod-mono' : ''}`}
      dir="rtl"
      title={text}
    >
      <bdi dir="ltr">{text}</bdi>
    </span>
  );
}
