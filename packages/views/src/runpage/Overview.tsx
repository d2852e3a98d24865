/** What one wants to know first of a run. */
import type { Directions, Run, RunList, RunSummary } from '@dotscience/core';
import React from 'react';

import { BlockText } from './BlockText';
import { Cells } from './cells/Cells';
import { Curves } from './curves/Curves';
import { Environment } from './Environment';
import { Files } from './Files';
import { Logs } from './logs/Logs';
import { Media } from './media/Media';
import { Parameters } from './Parameters';
import type { RunParts } from './parts';
import type { RunPageCallbacks } from './props';
import { Tiles } from './Tiles';

interface OverviewProps {
  readonly run: Run;
  readonly list: RunList;
  readonly parts: RunParts;
  readonly metric: string | null;
  readonly before: RunSummary | null;
  readonly directions: Directions;
  readonly callbacks: RunPageCallbacks;
}

const CELLS = 10;
const LOG_LINES = 8;
const SHELVES = 4;

export function Overview(props: OverviewProps): JSX.Element {
  const { run, list, parts, metric, before, directions, callbacks } = props;
  return (
    <>
      <Tiles
        run={run}
        headline={metric}
        list={list}
        before={before}
        directions={directions}
        openRun={callbacks.openRun}
      />
      <div className="ds-RunPage-columns">
        <div className="ds-RunPage-main">
          <Curves
            {...{ run, parts, before, directions, callbacks }}
            headline={metric}
          />
          <Media run={run} callbacks={callbacks} first={SHELVES} />
          <Cells
            run={run}
            part={parts.cells}
            callbacks={callbacks}
            first={CELLS}
          />
          <Logs
            run={run}
            part={parts.log}
            callbacks={callbacks}
            rows={LOG_LINES}
          />
          {run.block_text !== null && (
            <BlockText text={run.block_text} copyText={callbacks.copyText} />
          )}
        </div>
        <div className="ds-RunPage-side">
          <Parameters run={run} before={before} />
          <Files run={run} side="inputs" callbacks={callbacks} />
          <Files run={run} side="outputs" callbacks={callbacks} />
          <Environment run={run} part={parts.environment} />
        </div>
      </div>
    </>
  );
}
