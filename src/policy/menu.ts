/** Owns the menu *Tracking* of the file browser: it asks when it opens, and tells cost before anything is chosen. */
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { Menu } from '@lumino/widgets';

import { KeepIDs } from '../tokens';
import type { Tracked } from './tracked';

/** What a choice stands for; `none`: as the rules say. */
export const CHOICES = ['keep', 'fingerprint', 'ignore', 'none'] as const;

export class TrackingMenu extends Menu {
  private readonly _ask: () => void;

  constructor(commands: CommandRegistry, tracked: Tracked, ask: () => void) {
    super({ commands });
    this._ask = ask;
    CHOICES.forEach(policy =>
      this.addItem({ command: KeepIDs.setTracking, args: { policy } })
    );
    this.addItem({ type: 'separator' });
    this.addItem({ command: KeepIDs.tellTracking });
    this.addItem({ command: KeepIDs.editPolicy });
    tracked.changed.connect(() => {
      if (this.isAttached) {
        this.update();
      }
    });
  }

  protected override onBeforeAttach(message: Message): void {
    this._ask();
    super.onBeforeAttach(message);
  }
}
