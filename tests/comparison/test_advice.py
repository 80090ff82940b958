"""The advice says what the differences say."""

from __future__ import annotations

import numpy as np
import pytest

from poise.comparison import Comparison
from poise.comparison.advice import fair
from poise.comparison.metrics import Key


def of_values(**arms: list[float]) -> Comparison:
    """Return a comparison of ROC AUC alone, from values by "estimator__approach"."""
    values = {
        Key(*name.replace("as_is", "as-is").split("__"), None, None, "roc_auc"): np.array(folds)
        for name, folds in arms.items()
    }
    facts = {
        "n_rows": 100,
        "n_events": 20,
        "ratio": 0.25,
        "events_a_fold": 4,
        "n_folds": 5,
        "n_planned": 5,
        "warnings": [],
    }
    return Comparison(facts, values, {}, {key[:2]: [] for key in values}, {}, {})


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        (
            {
                "tree__as_is": [0.6, 0.61, 0.62, 0.6, 0.61],
                "tree__smote": [0.7, 0.71, 0.72, 0.7, 0.71],
            },
            "Use smote with tree: ROC AUC goes from 0.608 to 0.708 (gain +0.100",
        ),
        (
            {
                "tree__as_is": [0.6, 0.61, 0.62, 0.6, 0.61],
                "tree__smote": [0.7, 0.71, 0.72, 0.7, 0.71],
                "boosting__as_is": [0.8] * 5,
                "boosting__smote": [0.8] * 5,
            },
            "use boosting and tune its threshold. Approaches help tree (smote takes ROC AUC of tree from",
        ),
        (
            {"tree__as_is": [0.6] * 5, "tree__smote": [0.6, 0.601, 0.599, 0.6, 0.6]},
            "the only other setup is practically equal to it.",
        ),
        (
            {"tree__as_is": [0.6] * 5, "tree__smote": [0.4, 0.9, 0.5, 0.7, 0.6]},
            "No approach is shown to be better, but differences of up to about",
        ),
        (
            {"tree__as_is": [0.6] * 5, "tree__smote": [0.5, 0.501, 0.502, 0.5, 0.501]},
            "tune the threshold: the only other setup is not better.",
        ),
        (
            {"tree__as_is": [0.6] * 5},
            "Nothing can be compared: only the unchanged rows have scores",
        ),
        ({}, "Nothing can be compared: not even the unchanged rows have scores"),
        (
            {"tree__as_is": [0.6] + [np.nan] * 4, "tree__smote": [0.7] + [np.nan] * 4},
            "One fold alone cannot show that another approach is better",
        ),
    ],
)
def test_the_advice_says_what_the_differences_say(arms: dict[str, list[float]], words: str) -> None:
    assert words in of_values(**arms).advice[0]


def test_the_headline_compares_like_with_like(result: Comparison) -> None:
    found = {d.key.metric: d.key for d in fair(result)}
    assert {"roc_auc", "average_precision", "f1", "cost", "recall_at_precision"} <= set(found)
    assert not {"brier", "log_loss", "fit_seconds"} & set(found)
    assert all(d.key.threshold in (None, "tuned") for d in fair(result))


def test_setups_that_make_probabilities_worse_are_counted(result: Comparison) -> None:
    (sentence,) = (s for s in result.advice if s.startswith("Probabilities: "))
    assert " of 3 setups make them worse" in sentence
    assert "ResampledClassifier" in sentence


def test_tuning_alone_stands_beside_the_best_approach_at_half(result: Comparison) -> None:
    (sentence,) = (s for s in result.advice if s.startswith("logistic: "))
    tuned = result.mean(Key("logistic", "as-is", None, "tuned", "f1"))
    assert f"{tuned:.3f} at a tuned one; the best approach at 0.5, " in sentence


def test_estimators_are_compared_on_the_unchanged_rows() -> None:
    arms = {"tree__as_is": [0.6] * 5, "boosting__as_is": [0.9] * 5}
    result = of_values(**arms)
    renamed = {key._replace(metric="average_precision"): v for key, v in result.values.items()}
    found = Comparison(result.facts, renamed, {}, result.status, {}, {}).advice
    assert (
        "changes PR AUC from 0.600 (tree) to 0.900 (boosting), on the unchanged rows." in found[1]
    )
