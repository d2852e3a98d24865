/** One rule: its pattern, what it does, what it covers; moved by keys or buttons, and removed. */
import {
  withoutRule,
  withRuleAt,
  withRuleMoved,
  type PolicyRule
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { IconButton } from '../parts/Button';
import { Choice } from '../parts/Choice';
import { Cover } from './Cover';
import type { PolicyEditorCallbacks } from './props';
import { KEEPINGS } from './Rules';
import { keepingText } from './text';
import type { PolicyEdit } from './usePolicyEdit';

interface RuleRowProps {
  readonly rule: PolicyRule;
  readonly at: number;
  readonly edit: PolicyEdit;
  readonly callbacks: PolicyEditorCallbacks;
  /** Told where it went. */
  moved(to: number): void;
}

export function RuleRow(props: RuleRowProps): JSX.Element {
  const { rule, at, edit, callbacks } = props;
  const trans = useTrans();
  const last = edit.policy.rules.length - 1;
  const refused =
    edit.refused?.place === `rule-${at}` ? edit.refused.text : null;
  const move = (by: number): void => {
    const next = withRuleMoved(edit.policy, at, by);
    if (next !== edit.policy) {
      void edit.save(`rule-${at}`, next);
      props.moved(at + by);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.altKey && by !== undefined) {
      event.preventDefault();
      move(by);
    }
  };
  return (
    <li
      className="ds-Rule"
      onKeyDown={onKeyDown}
      aria-label={trans.__('Rule %1', at + 1)}
    >
      <Pattern {...props} refused={refused} />
      <div className="ds-Rule-tools">
        <Choice
          label={trans.__('What rule %1 does', at + 1)}
          value={rule.policy}
          options={KEEPINGS.map(key => [key, keepingText(key, trans)])}
          choose={policy =>
            void edit.save(
              `rule-${at}`,
              withRuleAt(edit.policy, at, { ...rule, policy })
            )
          }
        />
        {at > 0 && (
          <IconButton
            icon="higher"
            label={trans.__('Move rule %1 up (Alt+Up)', at + 1)}
            onClick={() => move(-1)}
          />
        )}
        {at < last && (
          <IconButton
            icon="lower"
            label={trans.__('Move rule %1 down (Alt+Down)', at + 1)}
            onClick={() => move(1)}
          />
        )}
        <IconButton
          icon="close"
          label={trans.__('Remove the rule %1', rule.pattern)}
          onClick={() =>
            void edit.save('default', withoutRule(edit.policy, at))
          }
        />
      </div>
      <Cover
        pattern={rule.pattern}
        keeping={rule.policy}
        version={edit.saved}
        covers={callbacks.covers}
      />
      {refused && <p className="ds-FieldError">{refused}</p>}
    </li>
  );
}

function Pattern(
  props: RuleRowProps & { readonly refused: string | null }
): JSX.Element {
  const { rule, at, edit, callbacks, refused } = props;
  const trans = useTrans();
  const [text, setText] = useState(rule.pattern);
  // Another rule may come to this place: what was typed for the one before is not for it.
  const [known, setKnown] = useState(rule.pattern);
  if (known !== rule.pattern) {
    setKnown(rule.pattern);
    setText(rule.pattern);
  }
  const save = (): void => {
    const pattern = text.trim();
    if (pattern === '') {
      setText(rule.pattern);
    } else if (pattern !== rule.pattern) {
      // What is refused stays as it was typed.
      const next = withRuleAt(edit.policy, at, { ...rule, pattern });
      void edit.saveBy(`rule-${at}`, () =>
        callbacks.setPolicy(next).then(() => next)
      );
    }
  };
  return (
    <input
      className="ds-Input ds-mod-mono ds-Rule-pattern"
      aria-label={trans.__('Pattern of rule %1', at + 1)}
      aria-invalid={refused ? true : undefined}
      title={rule.pattern}
      value={text}
      onChange={event => setText(event.target.value)}
      onBlur={save}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          save();
        } else if (event.key === 'Escape') {
          event.stopPropagation();
          setText(rule.pattern);
        }
      }}
    />
  );
}
