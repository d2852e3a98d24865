/** Models and labels of a run; labels are added and taken away in place. */
import { isPin, type Label, type Run } from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { Icon } from '../icons/Icon';
import { Button, IconButton } from '../parts/Button';
import type { RunPageCallbacks } from './props';

// A model's label is shown as the model.
const MODEL_LABEL = 'artefact:';

/** `sklearn` of `sklearn-model`; the version recorded with a model is the framework's. */
const framework = (kind: string): string => kind.replace(/-model$/, '');

export function Labels(props: {
  readonly run: Run;
  readonly setLabel: RunPageCallbacks['setLabel'];
}): JSX.Element | null {
  const { run, setLabel } = props;
  const trans = useTrans();
  const labels = run.labels.filter(({ key }) => !key.startsWith(MODEL_LABEL));
  if (labels.length + run.models.length === 0 && !setLabel) {
    return null;
  }
  return (
    <div className="ds-RunHeader-labels">
      {labels.length + run.models.length > 0 && (
        <ul
          className="ds-RunHeader-labels"
          aria-label={trans.__('Models and labels')}
        >
          {run.models.map(({ name, kind, version }) => (
            <li
              key={`${kind}:${name}`}
              className="ds-Pill ds-mod-model"
              title={kind}
            >
              <Icon name="model" />
              {version === null
                ? trans.__('Model %1', name)
                : trans.__('Model %1, %2 %3', name, framework(kind), version)}
            </li>
          ))}
          {labels.map(({ key, value }) => (
            <li
              key={key}
              className={`ds-Pill${setLabel ? ' ds-mod-removable' : ''}`}
            >
              <Said label={{ key, value }} />
              {setLabel && (
                <IconButton
                  icon="close"
                  label={trans.__('Remove label %1', key)}
                  onClick={() => setLabel(key, null)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
      {setLabel && <NewLabel add={setLabel} />}
    </div>
  );
}

function Said({ label }: { readonly label: Label }): JSX.Element {
  const trans = useTrans();
  return isPin(label) ? (
    <>
      <Icon name="pin" />
      <span title={trans.__('All its bytes are kept, whatever the budget')}>
        {trans.__('Pinned')}
      </span>
    </>
  ) : (
    <>
      <span className="ds-muted">{label.key}</span> {label.value}
    </>
  );
}

function NewLabel({
  add
}: {
  add(key: string, value: string): void;
}): JSX.Element {
  const trans = useTrans();
  const [open, setOpen] = useState(false);
  const [key, setKey] = useState('');
  const [value, setValue] = useState('');
  const close = (): void => {
    setOpen(false);
    setKey('');
    setValue('');
  };
  const save = (event: React.FormEvent): void => {
    event.preventDefault();
    if (key.trim() !== '') {
      add(key.trim(), value.trim());
      close();
    }
  };
  if (!open) {
    return (
      <Button
        look="plain"
        icon="plus"
        title={trans.__('Add a label')}
        onClick={() => setOpen(true)}
      >
        {trans.__('Label')}
      </Button>
    );
  }
  return (
    <form
      className="ds-NewLabel"
      onSubmit={save}
      onKeyDown={event => event.key === 'Escape' && close()}
    >
      <input
        className="ds-Input"
        autoFocus
        aria-label={trans.__('Label')}
        placeholder={trans.__('stage')}
        value={key}
        onChange={event => setKey(event.target.value)}
      />
      <input
        className="ds-Input"
        aria-label={trans.__('Value')}
        placeholder={trans.__('tuned')}
        value={value}
        onChange={event => setValue(event.target.value)}
      />
      <button type="submit" className="ds-Button ds-Button-line">
        {trans.__('Add label')}
      </button>
    </form>
  );
}
