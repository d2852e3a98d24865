/** How far a run was that did not come to its end. */
import type { RunSummary } from '../protocol';
import { formatCount } from './numbers';

/** "12/60", or "12" where it is not known how many steps there were to be; null when it told nothing. */
export function stoppedAt(
  run: Pick<RunSummary, 'stopped_at' | 'stopped_of'>
): string | null {
  if (run.stopped_at === null) {
    return null;
  }
  const at = formatCount(run.stopped_at);
  return run.stopped_of === null ? at : `${at}/${formatCount(run.stopped_of)}`;
}
