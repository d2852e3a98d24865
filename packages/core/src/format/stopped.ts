/** How far a run was that did not come to its end. */
import type { RunSummary } from '../protocol';
import { formatCount } from './numbers';

/** "12/60", or "12" where it is not known how many steps there were to be; null when it told nothing. */
export function stoppedAt(
  // A worker that was started before an update does not tell these.
  run: Partial<Pick<RunSummary, 'stopped_at' | 'stopped_of'>>
): string | null {
  const { stopped_at = null, stopped_of = null } = run;
  if (stopped_at === null) {
    return null;
  }
  const at = formatCount(stopped_at);
  return stopped_of === null ? at : `${at}/${formatCount(stopped_of)}`;
}
