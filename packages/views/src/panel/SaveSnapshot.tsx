/** The bottom of the panel: a snapshot by hand, with an optional text. */
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';

interface SaveSnapshotProps {
  /** The view has one filled button: in the first minute it is another. */
  readonly look: 'filled' | 'line';
  save(message: string | null): void | Promise<void>;
}

export function SaveSnapshot({ look, save }: SaveSnapshotProps): JSX.Element {
  const trans = useTrans();
  const [message, setMessage] = useState('');
  const [saving, setSaving] = useState(false);
  const onSave = async (): Promise<void> => {
    setSaving(true);
    try {
      await save(message.trim() || null);
      setMessage('');
    } catch {
      // The host tells what went wrong in a notice; the text stays for another try.
    } finally {
      setSaving(false);
    }
  };
  return (
    <form
      className="ds-SaveSnapshot"
      onSubmit={event => {
        event.preventDefault();
        if (!saving) {
          void onSave();
        }
      }}
    >
      <input
        className="ds-Input"
        type="text"
        value={message}
        placeholder={trans.__('Describe this snapshot (optional)')}
        aria-label={trans.__('Text of the snapshot, optional')}
        maxLength={1_000}
        onChange={event => setMessage(event.target.value)}
      />
      <Button
        wide
        look={look}
        icon="camera"
        unavailable={saving ? trans.__('The snapshot is being saved') : null}
        onClick={() => void onSave()}
      >
        {saving ? trans.__('Saving snapshot') : trans.__('Save snapshot')}
      </Button>
    </form>
  );
}
