/** Owns where a curve has no value although a point was told: NaN or infinite. */
import type { Series } from '../protocol';

/** Steps, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Spans without a value. Of a down-sampled stretch only the first point is listed: it reaches to the next value. */
export function gapsOf(series: Series): Span[] {
  const { steps, values, sampled } = series;
  const gaps: Span[] = [];
  for (let i = 0; i < steps.length; i++) {
    if (hasValue(values[i])) {
      continue;
    }
    const first = i;
    while (i + 1 < steps.length && !hasValue(values[i + 1])) {
      i++;
    }
    const next = steps[i + 1];
    const whole = Number.isInteger(next) && next - 1 > steps[i];
    gaps.push({
      from: steps[first],
      to: sampled && whole ? next - 1 : steps[i]
    });
  }
  return gaps;
}

const hasValue = (value: number | string | null): boolean =>
  typeof value === 'number';
