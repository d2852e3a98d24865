/** The rules in order, the last that matches a file decides; a new one at the end. */
import { withRule, type Keeping } from '@dotscience/core';
import React, { useEffect, useRef, useState } from 'react';

import { useTrans } from '../host/trans';
import { Choice } from '../parts/Choice';
import { Cover } from './Cover';
import type { PolicyEditorCallbacks } from './props';
import { RuleRow } from './RuleRow';
import { keepingText } from './text';
import type { PolicyEdit } from './usePolicyEdit';

export const KEEPINGS: readonly Keeping[] = ['keep', 'fingerprint', 'ignore'];

interface RulesProps {
  readonly edit: PolicyEdit;
  readonly callbacks: PolicyEditorCallbacks;
}

export function Rules({ edit, callbacks }: RulesProps): JSX.Element {
  const trans = useTrans();
  const { rules } = edit.policy;
  const list = useRef<HTMLOListElement>(null);
  const [follow, setFollow] = useState<number | null>(null);
  // A moved rule keeps the focus, so that it can be moved on.
  useEffect(() => {
    if (follow !== null) {
      list.current
        ?.querySelectorAll<HTMLElement>('.ds-Rule-pattern')
        [follow]?.focus();
      setFollow(null);
    }
  }, [follow]);
  return (
    <section className="ds-Policy-part" aria-label={trans.__('Rules')}>
      <h3>{trans.__('Rules')}</h3>
      {rules.length === 0 ? (
        <p className="ds-meta">{trans.__('No rules yet.')}</p>
      ) : (
        <>
          <p className="ds-meta">
            {trans.__('The last rule that matches a file decides.')}
          </p>
          <ol className="ds-Rules" ref={list}>
            {rules.map((rule, at) => (
              <RuleRow
                key={at}
                {...{ rule, at, edit, callbacks }}
                moved={setFollow}
              />
            ))}
          </ol>
        </>
      )}
      <NewRule edit={edit} callbacks={callbacks} />
    </section>
  );
}

function NewRule({ edit, callbacks }: RulesProps): JSX.Element {
  const trans = useTrans();
  const [pattern, setPattern] = useState('');
  const [keeping, setKeeping] = useState<Keeping>('fingerprint');
  const wanted = useSettled(pattern.trim());
  const refused = edit.refused?.place === 'new' ? edit.refused.text : null;
  const add = async (): Promise<void> => {
    if (pattern.trim() !== '') {
      const rule = { pattern: pattern.trim(), policy: keeping };
      if (await edit.save('new', withRule(edit.policy, rule))) {
        setPattern('');
      }
    }
  };
  return (
    <form
      className="ds-NewRule"
      onSubmit={event => {
        event.preventDefault();
        void add();
      }}
    >
      <input
        className="ds-Input ds-mod-mono"
        aria-label={trans.__('Pattern of a new rule')}
        aria-invalid={refused ? true : undefined}
        placeholder={trans.__('data/raw/ or *.parquet')}
        value={pattern}
        onChange={event => {
          edit.forgive();
          setPattern(event.target.value);
        }}
      />
      <div className="ds-Rule-tools">
        <Choice<Keeping>
          label={trans.__('What the new rule does')}
          value={keeping}
          options={KEEPINGS.map(key => [key, keepingText(key, trans)])}
          choose={setKeeping}
        />
        <button type="submit" className="ds-Button ds-Button-line">
          {trans.__('Add rule')}
        </button>
      </div>
      {wanted !== '' && (
        <Cover
          key={wanted}
          pattern={wanted}
          keeping={keeping}
          version={edit.saved}
          covers={callbacks.covers}
        />
      )}
      {refused && <p className="ds-FieldError">{refused}</p>}
    </form>
  );
}

const SETTLED_MS = 300;

/** What was typed, once no more is typed. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
