/** Owns an `IPlace` that a test moves about. */
import { Signal } from '@lumino/signaling';

import type { IPlace } from '../model';

export class FakePlace implements IPlace {
  readonly changed: Signal<IPlace, void> = new Signal<IPlace, void>(this);
  isDisposed = false;

  constructor(public path: string | null = 'digits/train.ipynb') {}

  dispose(): void {
    this.isDisposed = true;
  }

  go(path: string | null): void {
    this.path = path;
    this.changed.emit();
  }
}
