/** What a repetition says: whether the same came out, what differs, and why, with what was seen. */
import {
  formatFull,
  shortRunId,
  type Run,
  type Verdict
} from '@dotscience/core';
import React from 'react';

import { useClock } from '../host/clock';
import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button } from '../parts/Button';
import { dataOf, type Part } from '../runpage/parts';
import type { RerunCallbacks } from './props';
import { causeText, verdictText, verdictWord } from './words';

interface VerdictProps {
  readonly run: Pick<Run, 'repeats' | 'verdict'>;
  readonly verdict: Part<Verdict>;
  readonly openRun: RerunCallbacks['openRun'];
}

/** Nothing for a run that repeats none. */
export function VerdictSection(props: VerdictProps): JSX.Element | null {
  const { run, openRun } = props;
  const trans = useTrans();
  const { zone } = useClock();
  const found = dataOf(props.verdict);
  const original = run.repeats ?? found?.of;
  if (!original) {
    return null;
  }
  const word = found?.verdict ?? run.verdict ?? 'unknown';
  return (
    <section
      className={`ds-Verdict ds-mod-${word}`}
      aria-label={trans.__('Repetition')}
    >
      <p className="ds-Verdict-line">
        <VerdictIcon verdict={word} />
        <span>
          {trans.__('Repeats')}{' '}
          <Button
            look="link"
            label={trans.__('Open run %1', shortRunId(original))}
            onClick={() => openRun(original)}
          >
            {shortRunId(original)}
          </Button>
          {': '}
        </span>
        <b title={found ? formatFull(found.time, zone) : undefined}>
          {found ? verdictText(found, trans) : verdictWord(word, trans)}
        </b>
      </p>
      {found && found.metrics.length > 0 && word !== 'same' && (
        <Metrics verdict={found} />
      )}
      {found && <Causes verdict={found} />}
      {found?.folder && (
        <p className="ds-meta">
          {trans.__('Ran in')} <code>{found.folder}</code>
        </p>
      )}
    </section>
  );
}

/** Shape and word; the word stands beside it. */
export function VerdictIcon(props: {
  readonly verdict: Verdict['verdict'];
}): JSX.Element {
  const icons = { same: 'check', differs: 'look', unknown: 'info' } as const;
  return <Icon name={icons[props.verdict]} className="ds-Verdict-icon" />;
}

function Metrics({ verdict }: { readonly verdict: Verdict }): JSX.Element {
  const trans = useTrans();
  // What differs comes first, the rest is a count.
  const differing = verdict.metrics.filter(({ same }) => !same);
  const same = verdict.metrics.length - differing.length;
  return (
    <table className="ds-Verdict-metrics">
      <thead>
        <tr>
          <th scope="col">{trans.__('Metric')}</th>
          <th scope="col">{trans.__('Before')}</th>
          <th scope="col">{trans.__('Now')}</th>
        </tr>
      </thead>
      <tbody>
        {differing.map(({ key, before, after }) => (
          <tr key={key}>
            <th scope="row">{key}</th>
            <td className="ds-Side-a">{before ?? '—'}</td>
            <td className="ds-Side-b">{after ?? '—'}</td>
          </tr>
        ))}
        {same > 0 && (
          <tr>
            <td colSpan={3} className="ds-muted">
              {trans._n(
                '%1 metric is the same',
                '%1 metrics are the same',
                same
              )}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Causes({
  verdict
}: {
  readonly verdict: Verdict;
}): JSX.Element | null {
  const trans = useTrans();
  const { causes } = verdict;
  if (causes.length === 0) {
    return null;
  }
  return (
    <div>
      <h3>{trans.__('Why')}</h3>
      <ol className="ds-Verdict-causes">
        {causes.map((cause, n) => (
          <li key={n}>
            <b>{causeText(cause, trans)}</b> {cause.detail}
            <p className="ds-meta">{cause.evidence}</p>
          </li>
        ))}
      </ol>
    </div>
  );
}
