/** Owns what the user prefers, read from the settings registry when there is one. */
import type { Direction, Directions } from '@dotscience/core';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal, type ISignal } from '@lumino/signaling';

export interface IPreferences {
  readonly changed: ISignal<IPreferences, void>;
  readonly showStatusItem: boolean;
  /** Save the notebook when a cell that published has finished. */
  readonly saveAfterPublish: boolean;
  /** Metric shown first where a run has it; '' leaves the choice to us. */
  readonly defaultMetric: string;
  /** By metric name; what is not named is guessed from well-known names. */
  readonly directions: Directions;
  setDefaultMetric(metric: string): Promise<void>;
  /** Keeps the direction of a metric; null goes back to guessing. */
  setDirection(metric: string, direction: Direction | null): Promise<void>;
}

export class Preferences implements IPreferences {
  private readonly _changed = new Signal<this, void>(this);
  private _settings: ISettingRegistry.ISettings | null = null;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get showStatusItem(): boolean {
    return this._read('showStatusItem') !== false;
  }

  get saveAfterPublish(): boolean {
    return this._read('saveAfterPublish') !== false;
  }

  get defaultMetric(): string {
    const metric = this._read('defaultMetric');
    return typeof metric === 'string' ? metric : '';
  }

  get directions(): Directions {
    return asDirections(this._read('directions'));
  }

  async setDefaultMetric(metric: string): Promise<void> {
    await this._settings?.set('defaultMetric', metric);
  }

  async setDirection(
    metric: string,
    direction: Direction | null
  ): Promise<void> {
    const { [metric]: _, ...others } = this.directions;
    const directions = direction ? { ...others, [metric]: direction } : others;
    await this._settings?.set('directions', directions);
  }

  /** Reads and follows `settings` from now on. */
  use(settings: ISettingRegistry.ISettings): void {
    this._settings = settings;
    settings.changed.connect(this._emit, this);
    this._emit();
  }

  private _read(key: string): unknown {
    return this._settings?.get(key).composite;
  }

  private _emit(): void {
    this._changed.emit();
  }
}

function asDirections(value: unknown): Directions {
  const entries = Object.entries(
    typeof value === 'object' && value !== null ? value : {}
  ) as [string, unknown][];
  return Object.fromEntries(entries.filter(isDirectionEntry));
}

function isDirectionEntry(
  entry: [string, unknown]
): entry is [string, Direction] {
  return ['max', 'min', 'unknown'].includes(String(entry[1]));
}
