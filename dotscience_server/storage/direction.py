"""Whether more or less of a metric is better, guessed from well-known names.

The same words as `packages/core/src/metrics/direction.ts`; tests/storage/test_direction.py holds them together.
"""

from __future__ import annotations

import re
from typing import Literal

Direction = Literal["max", "min", "unknown"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


LOWER = _set(
    "loss losses error errors err rmse mse mae mape smape rmsle msle wer cer "
    "perplexity ppl nll bpc bpb logloss crossentropy entropy cost deviance "
    "regret distance divergence kl fid kid eer brier hamming aic bic "
    "misses fpr fnr"
)
HIGHER = _set(
    "accuracy acc f1 f2 fbeta auc auroc roc auprc prauc ap map precision recall "
    "score r2 iou dice jaccard bleu rouge meteor chrf ndcg mrr hits hit kappa "
    "mcc psnr ssim sensitivity specificity tpr tnr reward return gain lift "
    "likelihood ll elbo throughput fps correlation pearson spearman silhouette "
    "purity coverage success winrate exactmatch em"
)
COSTS = _set("time seconds secs sec duration latency ms minutes hours runtime elapsed memory rss")
_PAIRS: dict[str, Direction] = {
    "log loss": "min",
    "cross entropy": "min",
    "log likelihood": "max",
    "error rate": "min",
    "exact match": "max",
    "win rate": "max",
    "hit rate": "max",
    "success rate": "max",
    "r squared": "max",
    "explained variance": "max",
}


def direction_of(metric: str) -> Direction:
    """What the name of a metric says."""
    words = _words(metric)
    found = _last_known(words)
    # scikit-learn's scorers: neg_mean_squared_error.
    return "max" if words[:1] == ["neg"] and found == "min" else found


def _words(name: str) -> list[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower()
    return [word for word in re.split(r"[^a-z0-9]+", spaced) if word]


def _last_known(words: list[str]) -> Direction:
    """From the end: in "accuracy_loss" the last word is what is measured."""
    for at in range(len(words) - 1, -1, -1):
        pair = _PAIRS.get(" ".join(words[max(0, at - 1) : at + 1]))
        found = pair or _of_word(words[at])
        if found != "unknown":
            return found
    return "unknown"


def _of_word(word: str) -> Direction:
    bare = word.rstrip("0123456789")
    if word in LOWER or bare in LOWER or word in COSTS:
        return "min"
    return "max" if word in HIGHER or bare in HIGHER else "unknown"
