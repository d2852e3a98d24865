/**
 * Owns which metrics share a chart: those that measure the same on other data (`loss`, `train_loss`,
 * `val/loss`), and what each is called in it.
 */

/** Charts of a run: `title` is the stem, or the metric where it is alone. */
export interface ChartGroup {
  readonly title: string;
  /** What decides comes first: validation, then test, then training. */
  readonly members: readonly ChartMember[];
}

export interface ChartMember {
  readonly key: string;
  /** `val` of `val_loss`; the key itself where it is alone. */
  readonly name: string;
}

const SPLITS: readonly (readonly string[])[] = [
  ['val', 'valid', 'validation', 'dev'],
  ['test', 'eval'],
  [''],
  ['train', 'training', 'tr']
];

const SEPARATOR = /[_/.-]/;

/** Groups in the order of their first metric. */
export function chartGroups(keys: readonly string[]): ChartGroup[] {
  const byStem = new Map<string, [split: string, key: string][]>();
  for (const key of keys) {
    const [split, stem] = splitOf(key);
    byStem.set(stem, [...(byStem.get(stem) ?? []), [split, key]]);
  }
  return [...byStem].flatMap(([stem, members]) => {
    const distinct = new Set(members.map(([split]) => split)).size;
    return members.length > 1 && distinct === members.length
      ? [together(stem, members)]
      : members.map(([, key]) => alone(key));
  });
}

const alone = (key: string): ChartGroup => ({
  title: key,
  members: [{ key, name: key }]
});

function together(
  stem: string,
  members: readonly (readonly [string, string])[]
): ChartGroup {
  const sorted = [...members].sort(([a], [b]) => rank(a) - rank(b));
  return {
    title: stem,
    members: sorted.map(([split, key]) => ({ key, name: split || stem }))
  };
}

const rank = (split: string): number =>
  SPLITS.findIndex(words => words.includes(split.toLowerCase()));

// `val_loss`, `val/loss`, `loss_val`: the word at either end.
function splitOf(key: string): [split: string, stem: string] {
  const first = key.search(SEPARATOR);
  if (first > 0 && rank(key.slice(0, first)) >= 0) {
    return [key.slice(0, first), key.slice(first + 1)];
  }
  const tail = /^(.+)[_/.-]([^_/.-]+)$/.exec(key);
  return tail && rank(tail[2]) >= 0 ? [tail[2], tail[1]] : ['', key];
}
