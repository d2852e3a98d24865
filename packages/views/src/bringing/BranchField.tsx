/** Asks in place for the name of a branch. */
import React, { useEffect, useId, useRef, useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';

/** Characters of a name: it becomes part of a folder's name. */
const LONGEST = 80;

export function BranchField(props: {
  /** Where it goes on from, for instance "run 7f3a9c1e". */
  readonly from: string;
  readonly suggestion: string;
  branch(name: string): void;
  close(): void;
}): JSX.Element {
  const { from, branch, close } = props;
  const trans = useTrans();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(props.suggestion);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const wanted = name.trim();
  const submit = (): void => {
    if (wanted !== '') {
      branch(wanted);
      close();
    }
  };
  return (
    <form
      className="ds-BranchField"
      aria-label={trans.__('Branch from %1', from)}
      onSubmit={event => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          close();
        }
      }}
    >
      <label htmlFor={id}>{trans.__('Name of the branch')}</label>
      <input
        id={id}
        ref={field}
        className="ds-Input"
        type="text"
        value={name}
        maxLength={LONGEST}
        spellCheck={false}
        aria-describedby={`${id}-what`}
        onChange={event => setName(event.target.value)}
      />
      <span className="ds-Actions">
        <Button
          icon="branch"
          unavailable={wanted === '' ? trans.__('Give it a name') : null}
          onClick={submit}
        >
          {trans.__('Make branch')}
        </Button>
        <Button look="plain" onClick={close}>
          {trans.__('Cancel')}
        </Button>
      </span>
      <span className="ds-meta" id={`${id}-what`}>
        {trans.__(
          'A new folder with the files of %1 that goes on by itself. Nothing here changes.',
          from
        )}
      </span>
    </form>
  );
}
