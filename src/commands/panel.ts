import { PANEL_ID } from '../panel/widget';
import type { ICommandContext } from './context';

export async function openPanel({ app }: ICommandContext): Promise<void> {
  app.shell.activateById(PANEL_ID);
}
