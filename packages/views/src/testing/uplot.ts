/** Stands for uPlot where nothing is drawn (jsdom has no canvas): it keeps what it was given. */
import type uPlot from 'uplot';

export default class FakePlot {
  /** Those that are on the page, in the order they were made. */
  static readonly shown: FakePlot[] = [];

  readonly options: uPlot.Options;
  data: uPlot.AlignedData;
  width: number;
  /** How often points were given anew. */
  updates = 0;

  constructor(
    options: uPlot.Options,
    data: uPlot.AlignedData,
    target: HTMLElement
  ) {
    this.options = options;
    this.data = data;
    this.width = options.width;
    const canvas = document.createElement('canvas');
    target.append(canvas);
    FakePlot.shown.push(this);
  }

  setData(data: uPlot.AlignedData): void {
    this.data = data;
    this.updates += 1;
  }

  setSize({ width }: { width: number }): void {
    this.width = width;
  }

  destroy(): void {
    FakePlot.shown.splice(FakePlot.shown.indexOf(this), 1);
  }
}
