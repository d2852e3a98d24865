/** Owns what the run page's buttons do. */
import type { RunPageCallbacks } from '@dotscience/views';

import { CommandIDs } from '../tokens';
import type { IRunPageOptions } from './widget';

/** What cannot work at present is left out, and so has no button. */
export function runPageCallbacks(
  { commands, model, page }: IRunPageOptions,
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
    track: here ? keep => run(CommandIDs.track, { keep }) : undefined
  };
}

// The answer carries `Content-Disposition: attachment`: the page stays where it is.
function download(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}
