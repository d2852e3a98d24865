/** Git as it was: commit, branch, and what was not committed as text. */
import {
  formatBytes,
  formatCount,
  shortSnapshotId,
  type GitDetail
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../../host/trans';
import { Button } from '../../parts/Button';
import { Facts } from '../../parts/Facts';
import { Section } from '../../parts/Section';

export function GitSection({ git }: { readonly git: GitDetail }): JSX.Element {
  const trans = useTrans();
  const [shown, setShown] = useState(false);
  const { commit, branch, dirty, diff, diff_bytes, untracked } = git;
  return (
    <Section
      className="ds-Git"
      icon="branch"
      title={trans.__('Git')}
      tools={
        diff && (
          <Button look="link" onClick={() => setShown(!shown)}>
            {shown
              ? trans.__('Hide the changes')
              : trans.__('Show the changes, %1', formatBytes(diff_bytes))}
          </Button>
        )
      }
    >
      <Facts
        rows={[
          [
            trans.__('Commit'),
            commit && <code title={commit}>{shortSnapshotId(commit)}</code>
          ],
          [trans.__('Branch'), branch],
          [
            trans.__('Working tree'),
            dirty === null
              ? null
              : dirty
                ? trans.__('with uncommitted changes')
                : trans.__('clean')
          ],
          [
            trans.__('Untracked files'),
            untracked > 0 ? formatCount(untracked) : null
          ]
        ]}
      />
      {shown && diff && (
        <>
          <pre
            className="ds-Text"
            tabIndex={0}
            role="region"
            aria-label={trans.__('Uncommitted changes')}
          >
            {diff}
          </pre>
          {diff.length < diff_bytes - 1_024 && (
            <p className="ds-Section-none">
              {trans.__(
                'Cut: %1 of %2 kept',
                formatBytes(diff.length),
                formatBytes(diff_bytes)
              )}
            </p>
          )}
        </>
      )}
    </Section>
  );
}
