/** Owns where a Jupyter path lies in a workspace. */
import type { Workspace } from '@dotscience/core';

/** Workspace-relative; null where the workspace has no Jupyter path, or the path is not below it. */
export function relativePath(
  { api_path: root }: Pick<Workspace, 'api_path'>,
  path: string
): string | null {
  if (root === null) {
    return null;
  }
  const at = root === '' ? '' : `${root.replace(/\/+$/, '')}/`;
  return path.startsWith(at) && path.length > at.length
    ? path.slice(at.length)
    : null;
}
