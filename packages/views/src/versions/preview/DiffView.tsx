/** How a text differs from what the file is now: lines of this version in A's colour, of now in B's. */
import {
  diffLines,
  formatCount,
  type DiffLine,
  type FileDiff
} from '@dotscience/core';
import React, { useMemo } from 'react';

import { useTrans, type Trans } from '../../host/trans';
import { useAnswer } from '../../parts/useAnswer';
import { NotShown, Waiting } from './Waiting';

/** Lines that a page bears. */
const LINES = 2_000;

export function DiffView(props: {
  difference(): Promise<FileDiff>;
}): JSX.Element {
  const trans = useTrans();
  const answer = useAnswer('difference', props.difference);
  if (answer.kind === 'waiting') {
    return <Waiting />;
  }
  if (answer.kind === 'failed') {
    return <NotShown reason={new Error(answer.text)} />;
  }
  const why = whyNot(answer.value, trans);
  return why === null ? (
    <Lines diff={answer.value} />
  ) : (
    <p className="ds-Preview-none">{why}</p>
  );
}

function whyNot({ state }: FileDiff, trans: Trans): string | null {
  switch (state) {
    case 'text':
      return null;
    case 'same':
      return trans.__('No difference: the file is so now.');
    case 'binary':
      return trans.__('Not a text: no lines to compare.');
    case 'large':
      return trans.__('Too large to compare here.');
    case 'not_kept':
      return trans.__('The bytes of one side are not kept.');
  }
}

const SIGNS: Readonly<Record<DiffLine['kind'], string>> = {
  same: ' ',
  old: '\u2212',
  new: '+',
  gap: '',
  note: ''
};

function Lines({ diff }: { readonly diff: FileDiff }): JSX.Element {
  const trans = useTrans();
  const lines = useMemo(() => diffLines(diff.diff ?? ''), [diff]);
  const left = lines.length - LINES;
  return (
    <>
      <p className="ds-meta ds-Preview-fact">
        <span className="ds-Diff-sign ds-mod-old">{SIGNS.old}</span>{' '}
        {trans._n(
          '%2 line of this version',
          '%2 lines of this version',
          diff.removed ?? 0,
          formatCount(diff.removed ?? 0)
        )}
        {' \u00b7 '}
        <span className="ds-Diff-sign ds-mod-new">{SIGNS.new}</span>{' '}
        {trans._n(
          '%2 line of now',
          '%2 lines of now',
          diff.added ?? 0,
          formatCount(diff.added ?? 0)
        )}
      </p>
      <div
        className="ds-Diff"
        tabIndex={0}
        role="region"
        aria-label={trans.__('Changes from this version to now')}
      >
        <table>
          <tbody>
            {lines.slice(0, LINES).map((line, i) => (
              <Line key={i} line={line} trans={trans} />
            ))}
          </tbody>
        </table>
      </div>
      {left > 0 && (
        <p className="ds-meta ds-Preview-fact">
          {trans._n(
            '%2 more line is not shown.',
            '%2 more lines are not shown.',
            left,
            formatCount(left)
          )}
        </p>
      )}
    </>
  );
}

interface LineProps {
  readonly line: DiffLine;
  readonly trans: Trans;
}

/** Where it goes on after lines that are equal. */
function Gap({ line, trans }: LineProps): JSX.Element {
  const { a, b, text } = line;
  const place = trans.__('Line %1', formatCount((a || b) ?? 0));
  return (
    <tr className="ds-Diff-line ds-mod-gap">
      <td className="ds-Diff-text" colSpan={4}>
        {place}
        {text !== '' && <code> {text}</code>}
      </td>
    </tr>
  );
}

function Line(props: LineProps): JSX.Element {
  const { kind, text, a, b } = props.line;
  if (kind === 'gap') {
    return <Gap {...props} />;
  }
  const said = {
    old: props.trans.__('this version'),
    new: props.trans.__('now')
  };
  return (
    <tr className={`ds-Diff-line ds-mod-${kind}`}>
      <td className="ds-Diff-number">{a}</td>
      <td className="ds-Diff-number">{b}</td>
      <td className="ds-Diff-sign">
        <span aria-hidden>{SIGNS[kind]}</span>
        {(kind === 'old' || kind === 'new') && (
          <span className="ds-hidden">{said[kind]}</span>
        )}
      </td>
      <td className="ds-Diff-text">{text}</td>
    </tr>
  );
}
