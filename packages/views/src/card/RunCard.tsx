import React from 'react';

import type { RunCardProps } from './props';

export function RunCard(_props: RunCardProps): JSX.Element {
  return <section className="ds-RunCard" />;
}
