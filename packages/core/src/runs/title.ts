/** Owns what a run is called and how its state is shown. */
import { shortRunId, splitPath } from '../format/paths';
import type { RunSummary, SnapshotRef } from '../protocol';

interface Named {
  readonly id: string;
  readonly description: string | null;
  readonly notebook: string | null;
  readonly workload?: string | null;
}

/** Its description, else the name of its notebook or script, else its short id. On one line. */
export function runTitle(run: Named): string {
  const description = run.description?.replace(/\s+/g, ' ').trim();
  return description || sourceName(run) || shortRunId(run.id);
}

/** The file name of the notebook or script that made the run; null when neither is known. */
export function sourceName(
  run: Omit<Named, 'id' | 'description'>
): string | null {
  const path = run.notebook ?? run.workload ?? null;
  return path === null ? null : splitPath(path)[1] || null;
}

/**
 * One shape per state: a disc that is live, a star, a dot, a ring for what ended without publishing,
 * a failed disc, also for what crashed, a triangle to look at, also for what was lost.
 */
export type RunGlyph =
  'running' | 'best' | 'published' | 'ended' | 'failed' | 'look';

export function runGlyph(
  run: {
    readonly state: RunSummary['state'];
    readonly conflict: boolean;
    readonly snapshot: SnapshotRef;
    readonly ending: RunSummary['ending'];
  },
  isBest: boolean
): RunGlyph {
  if (run.state === 'running' || run.state === 'failed') {
    return run.state;
  }
  if (run.state === 'interrupted' && run.ending && run.ending !== 'lost') {
    return run.ending === 'crashed' ? 'failed' : 'ended';
  }
  const needsLook =
    run.state === 'interrupted' ||
    run.conflict ||
    run.snapshot.state === 'failed';
  if (needsLook) {
    return 'look';
  }
  return isBest ? 'best' : 'published';
}

const SEALED_WITHIN_MS = 5000;

/**
 * What a run's snapshot lacks, where it matters by now (`now` in milliseconds): `unsealed` are bytes that are
 * safe and whose hashes are late. Null: nothing.
 */
export function snapshotLack(
  run: { readonly snapshot: SnapshotRef; readonly recorded: string },
  now: number
): 'pending' | 'failed' | 'unsealed' | null {
  switch (run.snapshot.state) {
    case 'sealed':
      return null;
    case 'frozen':
      return now - Date.parse(run.recorded) > SEALED_WITHIN_MS
        ? 'unsealed'
        : null;
    default:
      return run.snapshot.state;
  }
}
