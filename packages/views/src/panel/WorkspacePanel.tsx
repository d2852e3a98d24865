import React from 'react';

import type { WorkspacePanelProps } from './props';

export function WorkspacePanel(_props: WorkspacePanelProps): JSX.Element {
  return <section className="ds-WorkspacePanel" />;
}
