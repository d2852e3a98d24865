/** The run block as it was published: text, never HTML. */
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { CopyButton } from '../parts/CopyButton';
import { Section } from '../parts/Section';

export function BlockText(props: {
  readonly text: string;
  readonly copyText?: (text: string) => void;
}): JSX.Element {
  const trans = useTrans();
  const [shown, setShown] = useState(false);
  const { text, copyText } = props;
  return (
    <Section
      icon="terminal"
      title={trans.__('Run block')}
      tools={
        <>
          {copyText && (
            <CopyButton
              label={trans.__('Copy the run block')}
              copy={() => copyText(text)}
            />
          )}
          <Button look="link" onClick={() => setShown(!shown)}>
            {shown ? trans.__('Hide the text') : trans.__('Show the text')}
          </Button>
        </>
      }
    >
      {shown && (
        <pre className="ds-Text" tabIndex={0}>
          {text}
        </pre>
      )}
    </Section>
  );
}
