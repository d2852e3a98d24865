/** The text of a cell as it ran, fetched when it is unfolded. */
import React from 'react';

import { useTrans } from '../../host/trans';
import { useAnswer } from '../../parts/useAnswer';

export function CellSource(props: {
  readonly hash: string;
  readonly lines: number;
  source(hash: string): Promise<string>;
}): JSX.Element {
  const { hash, lines, source } = props;
  const trans = useTrans();
  const answer = useAnswer(hash, () => source(hash));
  switch (answer.kind) {
    case 'waiting':
      return <pre className="ds-Text">{'\n'.repeat(Math.min(lines, 12))}</pre>;
    case 'failed':
      return <p className="ds-meta">{answer.text}</p>;
    case 'here':
      return (
        <pre
          className="ds-Text"
          tabIndex={0}
          role="region"
          aria-label={trans.__('Text as it ran')}
        >
          {answer.value}
        </pre>
      );
  }
}
