/** The contract of the policy editor between view and host. */
import type {
  Cost,
  Keeping,
  PathPolicy,
  Policy,
  Workspace
} from '@dotscience/core';

export interface PolicyEditorModel {
  readonly workspace: Workspace;
  readonly policy: Policy;
  readonly cost: Cost;
}

/** What is left out has no button. */
export interface PolicyEditorCallbacks {
  /** Saves the whole policy. Rejects with an `Error` whose message says why it is refused. */
  setPolicy(policy: Policy): Promise<void>;
  /** A rule for exactly these workspace-relative paths; null takes it away. Rejects like `setPolicy`. */
  setPathPolicy(
    paths: readonly string[],
    policy: Keeping | null
  ): Promise<Policy>;
  /** What a pattern names, and how much of it is kept now. Rejects where it is no pattern. */
  covers(pattern: string): Promise<PathPolicy>;
  /** The answer to "Track this folder". */
  track(keep: boolean): void;
  openIgnoreFile?(): void;
  openStorage?(): void;
  close?(): void;
}
