/** Owns whether more or less of a metric is better, guessed from well-known names. */

/** `max`: higher is better; `min`: lower is better. */
export type Direction = 'max' | 'min' | 'unknown';

/** What the user said, by metric; it comes before any guess. */
export type Directions = Readonly<Record<string, Direction>>;

const LOWER = new Set(
  (
    'loss losses error errors err rmse mse mae mape smape rmsle msle wer cer ' +
    'perplexity ppl nll bpc bpb logloss crossentropy entropy cost deviance ' +
    'regret distance divergence kl fid kid eer brier hamming aic bic ' +
    'misses fpr fnr'
  ).split(' ')
);

const HIGHER = new Set(
  (
    'accuracy acc f1 f2 fbeta auc auroc roc auprc prauc ap map precision recall ' +
    'score r2 iou dice jaccard bleu rouge meteor chrf ndcg mrr hits hit kappa ' +
    'mcc psnr ssim sensitivity specificity tpr tnr reward return gain lift ' +
    'likelihood ll elbo throughput fps correlation pearson spearman silhouette ' +
    'purity coverage success winrate exactmatch em'
  ).split(' ')
);

const COSTS = new Set(
  (
    'time seconds secs sec duration latency ms minutes hours runtime elapsed ' +
    'memory rss'
  ).split(' ')
);

/** Two words that together mean something else than each alone. */
const PAIRS: ReadonlyMap<string, Direction> = new Map([
  ['log loss', 'min'],
  ['cross entropy', 'min'],
  ['log likelihood', 'max'],
  ['error rate', 'min'],
  ['exact match', 'max'],
  ['win rate', 'max'],
  ['hit rate', 'max'],
  ['success rate', 'max'],
  ['r squared', 'max'],
  ['explained variance', 'max']
]);

/** The direction of `metric`: the user's word, else what its name says, else unknown. */
export function directionOf(metric: string, said: Directions = {}): Direction {
  return Object.hasOwn(said, metric) ? said[metric] : guess(words(metric));
}

/** Whether a metric says what a run cost and not how good it is. */
export function isCost(metric: string): boolean {
  return words(metric).some(word => COSTS.has(word));
}

/** Lower-case words of a name in snake_case, kebab-case or camelCase. */
export function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '');
}

function guess(name: readonly string[]): Direction {
  const found = lastKnown(name);
  // scikit-learn's scorers: neg_mean_squared_error.
  return name[0] === 'neg' && found === 'min' ? 'max' : found;
}

// From the end: in "accuracy_loss" the last word is what is measured.
function lastKnown(name: readonly string[]): Direction {
  for (let i = name.length - 1; i >= 0; i--) {
    const pair = PAIRS.get(name.slice(i - 1, i + 1).join(' '));
    const found = pair ?? ofWord(name[i]);
    if (found !== 'unknown') {
      return found;
    }
  }
  return 'unknown';
}

function ofWord(word: string): Direction {
  // "f1", "top5" and the like keep their digits; "accuracy2" does not.
  const bare = word.replace(/\d+$/, '');
  if (LOWER.has(word) || LOWER.has(bare) || COSTS.has(word)) {
    return 'min';
  }
  return HIGHER.has(word) || HIGHER.has(bare) ? 'max' : 'unknown';
}
