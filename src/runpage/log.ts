/** Owns what is held of a run's log: its last lines first, older ones on request, new ones as they come. */
import type { LogLines } from '@dotscience/views';

import type { IClient } from '../api';
import type { IRunRef } from '../commands/context';

/** Lines at first, and how many older ones at a time. */
const LINES = 1_000;
const PAGE = 10_000;

type LogClient = Pick<IClient, 'log'>;

/** The last lines; `known` is how many there were when the run was fetched. */
export async function lastLines(
  client: LogClient,
  { workspace, run }: IRunRef,
  known: number | null,
  signal: AbortSignal
): Promise<LogLines> {
  const after = Math.max(0, (known ?? 0) - LINES);
  const page = await client.log(workspace, run, after, PAGE, signal);
  const first = heldOf(page);
  const end = first.from + first.lines.length;
  return end < first.total || first.lines.length > 2 * LINES
    ? heldOf(
        await client.log(
          workspace,
          run,
          Math.max(0, first.total - LINES),
          PAGE,
          signal
        )
      )
    : first;
}

/** What was held and what came since; the last line may have grown. */
export async function newLines(
  client: LogClient,
  { workspace, run }: IRunRef,
  held: LogLines,
  signal: AbortSignal
): Promise<LogLines> {
  const after = Math.max(0, held.from + held.lines.length - 1);
  const page = heldOf(await client.log(workspace, run, after, PAGE, signal));
  if (page.from + page.lines.length < page.total) {
    return lastLines(client, { workspace, run }, page.total, signal);
  }
  // A shorter log than before is another one: what the notebook was saved with, say.
  return page.from < after || page.source !== held.source
    ? page
    : {
        ...page,
        from: held.from,
        lines: [...held.lines.slice(0, after - held.from), ...page.lines]
      };
}

export async function olderLines(
  client: LogClient,
  { workspace, run }: IRunRef,
  held: LogLines,
  signal: AbortSignal
): Promise<LogLines> {
  const from = Math.max(0, held.from - LINES * 5);
  const page = heldOf(
    await client.log(workspace, run, from, held.from - from, signal)
  );
  return { ...held, from, lines: [...page.lines, ...held.lines] };
}

/** The whole log, page by page. */
export async function wholeLog(
  client: LogClient,
  { workspace, run }: IRunRef
): Promise<Blob> {
  const texts: string[] = [];
  let after = 0;
  for (;;) {
    const page = await client.log(workspace, run, after, PAGE);
    texts.push(page.text);
    after += page.lines;
    if (page.lines === 0 || after >= page.total) {
      return new Blob(texts, { type: 'text/plain' });
    }
  }
}

function heldOf(page: Awaited<ReturnType<IClient['log']>>): LogLines {
  const lines = page.text.split('\n');
  if (page.text === '' || page.text.endsWith('\n')) {
    lines.pop();
  }
  const { from, total, cut, source } = page;
  return { lines, from, total, cut, source };
}
