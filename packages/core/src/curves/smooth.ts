/** Owns smoothing: an exponential mean without the pull to zero at its start. */

/**
 * `weight` 0 gives the values themselves, towards 1 the mean of all before. Gaps stay gaps and
 * weigh nothing. With m = w·m + (1 − w)·y from m = 0, the result is m ÷ (1 − wⁿ).
 */
export function smoothed(
  values: readonly (number | null)[],
  weight: number
): (number | null)[] {
  if (weight <= 0) {
    return [...values];
  }
  let mean = 0;
  let rest = 1;
  return values.map(value => {
    if (value === null) {
      return null;
    }
    mean = weight * mean + (1 - weight) * value;
    rest *= weight;
    return rest < 1 ? mean / (1 - rest) : value;
  });
}
