/**
 * Kernel sessions that nobody published: quiet, folded while none goes on. One click makes one a run;
 * what is not kept goes away by itself on the day that it says.
 */
import { formatCount, type Draft } from '@dotscience/core';
import React from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { Fold } from '../parts/Fold';
import { DraftRow } from './DraftRow';
import type { WorkspacePanelCallbacks, WorkspacePanelModel } from './props';

interface DraftsProps {
  readonly model: Pick<WorkspacePanelModel, 'drafts' | 'capture'>;
  readonly callbacks: WorkspacePanelCallbacks;
}

/** What can still be kept. */
export const shownDrafts = ({
  drafts
}: DraftsProps['model']): readonly Draft[] =>
  (drafts ?? []).filter(({ kept }) => !kept);

export function Drafts(props: DraftsProps): JSX.Element | null {
  const trans = useTrans();
  const { model, callbacks } = props;
  const drafts = shownDrafts(model);
  if (!model.drafts && model.capture !== false) {
    return null;
  }
  const live = drafts.some(({ ended }) => ended === null);
  return (
    <Fold
      className="ds-Drafts"
      title={trans.__('Sessions')}
      count={drafts.length > 0 ? formatCount(drafts.length) : null}
      startsOpen={live}
    >
      {model.capture === false && (
        <p className="ds-Drafts-none">
          {trans.__('Recording sessions is off.')}{' '}
          {callbacks.turnOnCapture && (
            <Button look="link" onClick={callbacks.turnOnCapture}>
              {trans.__('Turn on')}
            </Button>
          )}
        </p>
      )}
      {drafts.length > 0 ? (
        <ul>
          {drafts.map(draft => (
            <DraftRow key={draft.id} draft={draft} callbacks={callbacks} />
          ))}
        </ul>
      ) : (
        model.capture !== false && (
          <p className="ds-Drafts-none">
            {trans.__(
              'What you run without publishing is kept here for some days.'
            )}
          </p>
        )
      )}
    </Fold>
  );
}
