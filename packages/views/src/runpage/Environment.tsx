/** Where a run was made: machine, Python, packages, Git, notebook and cell. */
import {
  formatCount,
  shortSnapshotId,
  type EnvironmentAnswer,
  type GitDetail,
  type Run
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans, type Trans } from '../host/trans';
import { Button } from '../parts/Button';
import { Facts, type FactRow } from '../parts/Facts';
import { PathText } from '../parts/PathText';
import { Section } from '../parts/Section';
import {
  containerText,
  gpuText,
  machineText,
  meterRows
} from './environment/facts';
import { ABSENT, dataOf, type Part } from './parts';

interface EnvironmentProps {
  readonly run: Run;
  readonly part?: Part<EnvironmentAnswer>;
  /** Packages too. */
  readonly all?: boolean;
}

export function Environment(props: EnvironmentProps): JSX.Element | null {
  const { run, part = ABSENT, all = true } = props;
  const trans = useTrans();
  const [shown, setShown] = useState(false);
  const { context } = run;
  const environment = dataOf(part);
  if (!context && !environment) {
    return null;
  }
  const packages = all
    ? Object.entries(environment?.packages ?? context?.packages ?? {}).sort(
        ([a], [b]) => (a < b ? -1 : 1)
      )
    : [];
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
      <Facts rows={rowsOf(environment, run, trans)} />
      {shown && (
        <div className="ds-Packages">
          <Facts rows={packages} />
        </div>
      )}
    </Section>
  );
}

function rowsOf(
  environment: EnvironmentAnswer | null,
  run: Run,
  trans: Trans
): FactRow[] {
  const { context } = run;
  const machine = environment?.machine ?? null;
  const executable = environment?.executable ?? context?.executable ?? null;
  const git = environment?.git ?? context?.git ?? null;
  return [
    [trans.__('Python'), environment?.python ?? context?.python],
    [
      trans.__('Machine'),
      machineText(environment?.host ?? context?.host ?? null, machine, trans)
    ],
    [trans.__('Processor type'), machine?.cpu],
    [trans.__('GPU'), gpuText(machine, trans)],
    [
      trans.__('Container'),
      environment?.container && (
        <code>{containerText(environment.container)}</code>
      )
    ],
    ...meterRows(environment?.meter ?? null, trans),
    [trans.__('User'), context?.user],
    [trans.__('Platform'), environment?.platform ?? context?.platform],
    [
      trans.__('Interpreter'),
      executable && <PathText path={executable} mono />
    ],
    [trans.__('Git'), git && gitText(git)],
    ...whereRows(run, trans)
  ];
}

function whereRows(run: Run, trans: Trans): FactRow[] {
  const { count = null, argv = [], library = null } = run.context ?? {};
  return [
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
    [trans.__('Library'), library]
  ];
}

function gitText({
  branch,
  commit
}: Pick<GitDetail, 'branch' | 'commit'>): string | null {
  const short = commit && shortSnapshotId(commit);
  return [branch, short].filter(Boolean).join(' at ') || null;
}
