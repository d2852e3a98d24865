/** All files of a run; those whose bytes are kept are chosen and brought back. */
import {
  formatCount,
  pathText,
  type FileRef,
  type Run
} from '@dotscience/core';
import React, { useState } from 'react';

import { useTrans } from '../host/trans';
import { Button } from '../parts/Button';
import { Files, mayComeBack, type FileChoice } from './Files';
import type { RunPageCallbacks } from './props';

export function FilesTab(props: {
  readonly run: Run;
  readonly callbacks: RunPageCallbacks;
}): JSX.Element {
  const { run, callbacks } = props;
  const { bringBack } = callbacks;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const files = distinct([...run.inputs, ...run.outputs]).filter(mayComeBack);
  const choice: FileChoice = {
    chosen,
    toggle: path => setChosen(toggled(chosen, pathText(path)))
  };
  const offered = bringBack && files.length > 0;
  return (
    <>
      {offered && (
        <Bar
          all={files}
          chosen={files.filter(({ path }) => chosen.has(pathText(path)))}
          choose={paths => setChosen(new Set(paths.map(pathText)))}
          bringBack={paths => bringBack(run.id, paths)}
        />
      )}
      <Files
        run={run}
        side="inputs"
        callbacks={callbacks}
        choice={offered ? choice : undefined}
      />
      <Files
        run={run}
        side="outputs"
        callbacks={callbacks}
        choice={offered ? choice : undefined}
      />
    </>
  );
}

interface BarProps {
  readonly all: readonly FileRef[];
  readonly chosen: readonly FileRef[];
  choose(paths: readonly FileRef['path'][]): void;
  bringBack(paths: readonly FileRef['path'][]): void;
}

function Bar({ all, chosen, choose, bringBack }: BarProps): JSX.Element {
  const trans = useTrans();
  const count = chosen.length;
  return (
    <div className="ds-FileBar">
      <Button
        icon="restore"
        title={trans.__('What is there now is kept in a snapshot first')}
        unavailable={count === 0 ? trans.__('Choose files first') : null}
        onClick={() => {
          bringBack(chosen.map(({ path }) => path));
          choose([]);
        }}
      >
        {count === 0
          ? trans.__('Bring these files back')
          : trans._n(
              'Bring %2 file back',
              'Bring %2 files back',
              count,
              formatCount(count)
            )}
      </Button>
      {count < all.length ? (
        <Button look="link" onClick={() => choose(all.map(({ path }) => path))}>
          {trans.__('Choose all')}
        </Button>
      ) : (
        <Button look="link" onClick={() => choose([])}>
          {trans.__('Choose none')}
        </Button>
      )}
    </div>
  );
}

/** A file that is both input and output is one. */
function distinct(files: readonly FileRef[]): FileRef[] {
  return [...new Map(files.map(file => [pathText(file.path), file])).values()];
}

function toggled(chosen: ReadonlySet<string>, path: string): Set<string> {
  const after = new Set(chosen);
  if (!after.delete(path)) {
    after.add(path);
  }
  return after;
}
