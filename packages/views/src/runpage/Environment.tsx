/** Where a run was made: machine, Python, packages, Git, notebook and cell. */
import {
  formatCount,
  shortSnapshotId,
  type Run,
  type RunContext
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans, type Trans } from '../host/trans';
import { Button } from '../parts/Button';
import { Facts, type FactRow } from '../parts/Facts';
import { PathText } from '../parts/PathText';
import { Section } from '../parts/Section';

export function Environment({
  run
}: {
  readonly run: Run;
}): JSX.Element | null {
  const trans = useTrans();
  const [shown, setShown] = useState(false);
  const { context } = run;
  if (!context) {
    return null;
  }
  const packages = Object.entries(context.packages ?? {}).sort(([a], [b]) =>
    a < b ? -1 : 1
  );
  return (
    <Section
      className="ds-Environment"
      icon="package"
      title={trans.__('Environment')}
      tools={
        packages.length > 0 && (
          <Button look="link" onClick={() => setShown(!shown)}>
            {shown
              ? trans.__('Hide packages')
              : trans._n(
                  '%2 package',
                  '%2 packages',
                  packages.length,
                  formatCount(packages.length)
                )}
          </Button>
        )
      }
    >
      <Facts rows={rowsOf(context, run, trans)} />
      {shown && (
        <div className="ds-Packages">
          <Facts rows={packages} />
        </div>
      )}
    </Section>
  );
}

function rowsOf(context: RunContext, run: Run, trans: Trans): FactRow[] {
  const { git, count, argv, executable } = context;
  return [
    [trans.__('Python'), context.python],
    [trans.__('Machine'), context.host],
    [trans.__('User'), context.user],
    [trans.__('Platform'), context.platform],
    [
      trans.__('Interpreter'),
      executable && <PathText path={executable} mono />
    ],
    [trans.__('Git'), git && gitText(git)],
    [
      trans.__('Notebook'),
      run.notebook && <PathText path={run.notebook} mono />
    ],
    [trans.__('Script'), run.workload && <PathText path={run.workload} mono />],
    [
      trans.__('Cell'),
      count === null ? null : trans.__('executed as [%1]', count)
    ],
    [
      trans.__('Command'),
      // A kernel's command is Jupyter's and says nothing about the run.
      argv.length > 0 && !run.notebook ? <code>{argv.join(' ')}</code> : null
    ],
    [trans.__('Library'), context.library]
  ];
}

function gitText({
  branch,
  commit
}: NonNullable<RunContext['git']>): string | null {
  const short = commit && shortSnapshotId(commit);
  return [branch, short].filter(Boolean).join(' at ') || null;
}
