import React from 'react';

import type { RunPageProps } from './props';

export function RunPage(_props: RunPageProps): JSX.Element {
  return <section className="ds-RunPage" />;
}
