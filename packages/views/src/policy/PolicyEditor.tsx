/** What is tracked: the default, rules in order with what they cover, the largest folders, limits. */
import {
  formatBytes,
  formatCount,
  type Cost,
  type Policy
} from '@dotscience/core';
import React, { useEffect, useId, useRef } from 'react';

import { useTrans } from '../host/trans';
import { HeldBack } from '../panel/HeldBack';
import { Button, IconButton } from '../parts/Button';
import { LargestFolders } from './LargestFolders';
import { Limits } from './Limits';
import type { PolicyEditorCallbacks, PolicyEditorModel } from './props';
import { Rules } from './Rules';
import { defaultText } from './text';
import { usePolicyEdit, type PolicyEdit } from './usePolicyEdit';

export interface PolicyEditorProps {
  readonly model: PolicyEditorModel;
  readonly callbacks: PolicyEditorCallbacks;
}

export function PolicyEditor({
  model,
  callbacks
}: PolicyEditorProps): JSX.Element {
  const { cost } = model;
  const edit = usePolicyEdit(model.policy, callbacks.setPolicy);
  const trans = useTrans();
  return (
    <div className="ds-Policy">
      <Head close={callbacks.close} edit={edit} />
      <Kept cost={cost} openStorage={callbacks.openStorage} />
      <HeldBack cost={cost} track={callbacks.track} />
      <Default edit={edit} />
      <Rules edit={edit} callbacks={callbacks} />
      <LargestFolders cost={cost} edit={edit} callbacks={callbacks} />
      <Limits edit={edit} />
      <section className="ds-Policy-part">
        <h3>{trans.__('Never tracked')}</h3>
        <p className="ds-meta">
          {trans.__(
            'Git, caches, environments and credential files, and what .dotscienceignore names. No rule here brings them back.'
          )}
        </p>
        {callbacks.openIgnoreFile && (
          <Button look="link" onClick={callbacks.openIgnoreFile}>
            {trans.__('Edit .dotscienceignore')}
          </Button>
        )}
      </section>
    </div>
  );
}

function Head(props: {
  readonly close?: () => void;
  readonly edit: PolicyEdit;
}): JSX.Element {
  const { close, edit } = props;
  const trans = useTrans();
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  return (
    <header
      className="ds-Policy-head"
      onKeyDown={event => event.key === 'Escape' && close?.()}
    >
      <div className="ds-Policy-title">
        <h3 ref={head} tabIndex={-1}>
          {trans.__('What is tracked')}
        </h3>
        {close && (
          <IconButton
            icon="close"
            label={trans.__('Close what is tracked')}
            onClick={close}
          />
        )}
      </div>
      <Saved edit={edit} />
    </header>
  );
}

/** Says that a change holds, with the way back. */
function Saved({ edit }: { readonly edit: PolicyEdit }): JSX.Element {
  const trans = useTrans();
  const { undoable, saved, refused } = edit;
  return (
    <p className="ds-Policy-saved" role="status">
      {refused?.place === 'default' && (
        <span className="ds-FieldError">{refused.text}</span>
      )}
      {saved > 0 && !refused && (
        <span>{trans.__('Saved. It holds from the next snapshot on.')} </span>
      )}
      {undoable > 0 && (
        <Button look="link" onClick={edit.undo}>
          {trans.__('Undo')}
        </Button>
      )}
    </p>
  );
}

function Kept(props: {
  readonly cost: Cost;
  readonly openStorage?: () => void;
}): JSX.Element {
  const trans = useTrans();
  const { cost, openStorage } = props;
  return (
    <section className="ds-Policy-part">
      <p>
        {cost.counted
          ? trans.__(
              '%1 of %2 kept, in %3 files.',
              formatBytes(cost.kept_bytes),
              formatBytes(cost.bytes),
              formatCount(cost.files)
            )
          : trans.__('Counting files.')}
      </p>
      {openStorage && (
        <Button look="link" onClick={openStorage}>
          {trans.__('Show storage')}
        </Button>
      )}
    </section>
  );
}

const DEFAULTS: readonly Policy['default'][] = ['auto', 'keep', 'fingerprint'];

function Default({ edit }: { readonly edit: PolicyEdit }): JSX.Element {
  const trans = useTrans();
  const name = useId();
  const { policy } = edit;
  const meaning: Readonly<Record<Policy['default'], string>> = {
    auto: trans.__('All bytes, unless they take more than the limits below.'),
    keep: trans.__('All bytes, however many.'),
    fingerprint: trans.__('Notebooks and code; of the rest size and time.')
  };
  return (
    <fieldset className="ds-Policy-part ds-Policy-default">
      <legend>{trans.__('Files that no rule names')}</legend>
      {DEFAULTS.map(value => (
        <label key={value} className="ds-Radio">
          <input
            type="radio"
            name={name}
            checked={policy.default === value}
            aria-describedby={`${name}-${value}`}
            onChange={() =>
              void edit.save('default', { ...policy, default: value })
            }
          />
          <span>
            {defaultText(value, trans)}
            <span className="ds-meta" id={`${name}-${value}`}>
              {meaning[value]}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
