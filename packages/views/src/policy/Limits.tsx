/** The limits, in units that people use; each field is saved when it is left, or says what is wrong. */
import { parseSize, readableSize, type Policy } from '@dotscience/core';
import React, { useEffect, useId, useState } from 'react';

import { useTrans } from '../host/trans';
import type { PolicyEdit } from './usePolicyEdit';

export function Limits({ edit }: { readonly edit: PolicyEdit }): JSX.Element {
  const trans = useTrans();
  const { policy } = edit;
  const save = (change: Partial<Policy>): void =>
    void edit.save('limits', { ...policy, ...change });
  const noSize = trans.__('A size like 2 GB or 500 MB');
  return (
    <section className="ds-Policy-part">
      <h3>{trans.__('Limits')}</h3>
      {policy.default === 'auto' && (
        <>
          <Field
            label={trans.__('Ask before keeping more than')}
            value={readableSize(policy.limit_bytes)}
            wrong={noSize}
            read={text => parseSize(text, 'g')}
            save={limit_bytes => save({ limit_bytes })}
          />
          <Field
            label={trans.__('or more than this share of the free space')}
            value={writePercent(policy.limit_share)}
            wrong={trans.__('A percentage from 0 to 100')}
            read={readPercent}
            save={limit_share => save({ limit_share })}
          />
        </>
      )}
      <Field
        label={trans.__('Store nothing more when less is free than')}
        value={readableSize(policy.floor_bytes)}
        wrong={noSize}
        read={text => parseSize(text, 'g')}
        save={floor_bytes => save({ floor_bytes })}
      />
      {edit.refused?.place === 'limits' && (
        <p className="ds-FieldError">{edit.refused.text}</p>
      )}
    </section>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  /** Said where what is typed cannot be read. */
  readonly wrong: string;
  read(text: string): number | null;
  save(value: number): void;
}

/** A field that is saved when it is left or on Enter; Escape brings back what holds. */
export function Field(props: FieldProps): JSX.Element {
  const { label, value, wrong, read } = props;
  const id = useId();
  const [text, setText] = useState(value);
  const [bad, setBad] = useState(false);
  useEffect(() => {
    setText(value);
    setBad(false);
  }, [value]);
  const save = (): void => {
    if (text.trim() === value) {
      setBad(false);
      return;
    }
    const found = read(text);
    setBad(found === null);
    if (found !== null) {
      props.save(found);
    }
  };
  return (
    <div className="ds-Field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="ds-Input"
        value={text}
        aria-invalid={bad || undefined}
        aria-describedby={bad ? `${id}-wrong` : undefined}
        onChange={event => setText(event.target.value)}
        onBlur={save}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            save();
          } else if (event.key === 'Escape') {
            event.stopPropagation();
            setText(value);
            setBad(false);
          }
        }}
      />
      {bad && (
        <p className="ds-FieldError" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
    </div>
  );
}

const writePercent = (share: number): string =>
  `${Number((share * 100).toFixed(2))} %`;

function readPercent(text: string): number | null {
  const match = /^(\d+(?:[.,]\d+)?)\s*%?$/.exec(text.trim());
  const share = match ? Number(match[1].replace(',', '.')) / 100 : NaN;
  return share >= 0 && share <= 1 ? share : null;
}
