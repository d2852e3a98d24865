/** The example of the first minute in the editor's colours. */
import React from 'react';

import { FIRST_RUN_EXAMPLE } from './example';

const TOKENS = /(\b(?:import|as)\b)|("[^"]*")|(\b\d+\.?\d*\b)/;
const KINDS = ['keyword', 'string', 'number'] as const;

export function ExampleCode(): JSX.Element {
  return (
    <pre className="ds-Code" tabIndex={0}>
      <code>{highlight(FIRST_RUN_EXAMPLE)}</code>
    </pre>
  );
}

// Splitting by a pattern with three groups gives: text, then the groups, then text again.
function highlight(code: string): React.ReactNode[] {
  return code.split(TOKENS).map((part, i) => {
    const group = (i % (KINDS.length + 1)) - 1;
    return group < 0 || part === undefined ? (
      part
    ) : (
      <span key={i} className={`ds-Code-${KINDS[group]}`}>
        {part}
      </span>
    );
  });
}
