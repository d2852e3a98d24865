/** Owns what the editor of what is tracked does; a refusal is an `Error` that the editor shows in place. */
import type { WorkspacePanelCallbacks } from '@dotscience/views';

import type { WorkspaceModel } from '../workspace/model';

export function policyCallbacks(
  model: WorkspaceModel
): WorkspacePanelCallbacks['policy'] {
  const { client, workspace } = model;
  if (!workspace) {
    return undefined;
  }
  const { id } = workspace;
  return {
    setPolicy: async policy => {
      await client.setPolicy(id, policy);
      void model.look();
    },
    setPathPolicy: async (paths, policy) => {
      const now = await client.setPathPolicy(id, paths, policy);
      void model.look();
      return now;
    },
    covers: pattern => client.patternPolicy(id, pattern)
  };
}
