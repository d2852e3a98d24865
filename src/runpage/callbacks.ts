/** Owns what the run page's buttons do. */
import { shortRunId } from '@dotscience/core';
import type { RunPageCallbacks } from '@dotscience/views';

import { asFailure, type FilePath } from '../api';
import { actCallbacks } from '../bringing/callbacks';
import { startAgain } from '../rerun/start';
import { BringIDs, CommandIDs, KeepIDs } from '../tokens';
import type { IRunRef } from '../commands/context';
import { wholeLog } from './log';
import type { IRunPageOptions } from './widget';

type Callbacks = Partial<RunPageCallbacks>;

/** What cannot work at present is left out, and so has no button. */
export function runPageCallbacks(
  { commands, model, page, trans, bringing }: IRunPageOptions,
  copyText: (text: string) => void
): RunPageCallbacks {
  const { workspace } = page.ref;
  const run = (id: string, args = {}): void => void commands.execute(id, args);
  const onRun = (command: string) => (id: string) =>
    run(command, { run: id, workspace });
  const here = model.workspace?.id === workspace;
  const inContents = here && typeof model.workspace?.api_path === 'string';
  return {
    openRun: onRun(CommandIDs.openRun),
    copyId: onRun(CommandIDs.copyRunId),
    openNotebookAsItWas: onRun(CommandIDs.openNotebookAsItWas),
    restore: onRun(CommandIDs.restore),
    openNotebook: inContents
      ? path => run(CommandIDs.openFile, { path })
      : undefined,
    downloadFile: (id, path) =>
      download(model.client.fileUrl(workspace, id, path)),
    copyText,
    cancelJob: here ? id => run(CommandIDs.cancelJob, { job: id }) : undefined,
    retry: () => page.retry(),
    track: here ? keep => run(CommandIDs.track, { keep }) : undefined,
    ...bringingCallbacks({ commands, model, page, trans, bringing }),
    ...repeatingCallbacks({ commands, model, page, trans }),
    ...partCallbacks({ commands, model, page, trans })
  };
}

function repeatingCallbacks(host: Given): Callbacks {
  const { commands, page } = host;
  const { workspace } = page.ref;
  const { repeating } = page;
  return {
    rerun: {
      ask: open => repeating.ask(open),
      look: () => void repeating.look(),
      start: environment =>
        startAgain(host, page.ref, environment, () => page.retry()),
      openRun: run =>
        void commands.execute(CommandIDs.openRun, { run, workspace })
    },
    openStorage: () => void commands.execute(KeepIDs.openStorage, { workspace })
  };
}

/** Where acts of a run stand. */
export const placeOf = ({ workspace, run }: IRunRef): string =>
  `run ${workspace} ${run}`;

function bringingCallbacks(
  host: Given & Pick<IRunPageOptions, 'bringing'>
): Callbacks {
  const { commands, page } = host;
  const { workspace } = page.ref;
  const common = { workspace, place: placeOf(page.ref) };
  const jsonOf = (path: FilePath): string | { b64: string } =>
    typeof path === 'string' ? path : { b64: path.b64 };
  return {
    bringBack: (run, paths) =>
      void commands.execute(BringIDs.bringBack, {
        ...common,
        run,
        paths: paths.map(jsonOf)
      }),
    branch: (run, name) =>
      void commands.execute(BringIDs.branch, { ...common, run, name }),
    showVersions: (run, path) =>
      void commands.execute(BringIDs.showVersions, {
        workspace,
        run,
        ...(typeof path === 'string' ? { path } : { b64: path.b64 })
      }),
    acts: actCallbacks(host)
  };
}

type Given = Pick<IRunPageOptions, 'commands' | 'model' | 'page' | 'trans'>;

/** What concerns the parts of a run, and notes beside it. */
function partCallbacks({ commands, model, page, trans }: Given): Callbacks {
  const { client } = model;
  const { workspace, run } = page.ref;
  const inContents =
    model.workspace?.id === workspace &&
    typeof model.workspace.api_path === 'string';
  const amend = (call: Promise<void>, what: string): void =>
    void page
      .amend(call)
      .catch((reason: unknown) => model.report(what, asFailure(reason)));
  return {
    wantCurves: query => page.parts.want(query),
    source: hash => client.source(workspace, run, hash),
    showCell: inContents
      ? (path, cell) =>
          void commands.execute(CommandIDs.openCell, { path, cell })
      : undefined,
    compareEnvironment: to => page.parts.compareEnvironment(to),
    earlierLog: () => page.parts.earlierLog(),
    saveLog: () => void saveLog({ commands, model, page, trans }),
    mediaUrl: item => client.mediaUrl(workspace, run, item),
    mediaText: item => client.mediaText(workspace, run, item),
    downloadMedia: item => download(client.mediaUrl(workspace, run, item)),
    claim: (path, as) =>
      amend(client.claim(workspace, run, path, as), trans.__('File not added')),
    setLabel: (key, value) =>
      amend(
        client.label(workspace, run, key, value),
        trans.__('Label not changed')
      )
  };
}

async function saveLog({ model, page, trans }: Given): Promise<void> {
  try {
    const url = URL.createObjectURL(await wholeLog(model.client, page.ref));
    download(url, `run-${shortRunId(page.ref.run)}.log`);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (reason) {
    model.report(trans.__('Log not saved'), asFailure(reason));
  }
}

// The answer carries `Content-Disposition: attachment`: the page stays where it is.
function download(url: string, name = ''): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
}
