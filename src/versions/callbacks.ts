/** Owns what the buttons of the versions view do. */
import type { Version } from '@dotscience/core';
import type { VersionsCallbacks } from '@dotscience/views';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { asFailure } from '../api';
import { actCallbacks } from '../bringing/callbacks';
import { downloadFrom } from '../bringing/commands';
import { BringIDs, CommandIDs } from '../tokens';
import type { IVersionedFile } from './model';
import type { IVersionsOptions } from './widget';

/** Where acts of a file stand. */
export const placeOf = ({ workspace, path }: IVersionedFile): string =>
  `file ${workspace} ${JSON.stringify(path)}`;

export function versionsCallbacks(
  options: IVersionsOptions
): VersionsCallbacks {
  const { commands, model, versions } = options;
  const { client } = model;
  const { state } = versions;
  const common = {
    ...actCallbacks(options),
    choose: (ref: string) => versions.choose(ref),
    retry: () => void versions.retry()
  };
  if (state.kind !== 'shown') {
    return { ...common, openRun: nothing, read: unread };
  }
  const { file } = state;
  const { workspace, root, path } = file;
  const run = (id: string, args: ReadonlyPartialJSONObject): void =>
    void commands.execute(id, { workspace, ...args });
  const place = placeOf(file);
  const here = model.workspace?.id === workspace;
  return {
    ...common,
    openRun: id => run(CommandIDs.openRun, { run: id }),
    read: ({ ref }, start, end, signal) =>
      client.fileBytes(workspace, ref, path, start, end, signal),
    difference: ({ ref }) => client.fileDiff(workspace, ref, 'now', path),
    bringBack: ({ ref }) => {
      // What is there now becomes a version of its own, and the newest.
      versions.choose(ref);
      run(BringIDs.bringBack, {
        run: ref,
        paths: [typeof path === 'string' ? path : { ...path }],
        ...(root === null ? {} : { root }),
        place
      });
    },
    branch: ({ ref }, name) => run(BringIDs.branch, { run: ref, name, place }),
    download: ({ ref }) => downloadFrom(client.fileUrl(workspace, ref, path)),
    saveSnapshot: here ? () => run(CommandIDs.saveSnapshot, {}) : undefined
  };
}

const nothing = (): void => undefined;

const unread = (_: Version): Promise<never> =>
  Promise.reject(asFailure(new Error('No version is shown.')));
