"""The advice says what the differences say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from poise.comparison import Comparison
from poise.comparison.advice import _share_settled, in_primary, times_to_settle
from poise.comparison.metrics import METRICS, Key, margins
from poise.decisions import FixedThreshold, LowestCost
from poise.study.gains import Gain

FACTS: dict[str, Any] = {
    "n_rows": 100,
    "n_events": 20,
    "classes": [],
    "left_out": [],
    "constraints": [],
    "class_shares": [],
    "ratio": 0.25,
    "n_folds": 25,
    "n_planned": 25,
    "warnings": [],
    "with_folds": "",
    "effect_prior": "reference",
    "primary_metric": "roc_auc",
    "trivial_cost": None,
    "families": {},
    "methods": {},
    "weights_of_repeats": [0.2] * 5,
}


def of_gains(
    metric: str = "roc_auc", effect_prior: str = "reference", **arms: tuple[float, float]
) -> Comparison:
    """Return a comparison in one metric, from (value, error of the gain) by "estimator__approach"."""
    parts = (*METRICS[metric].baseline, metric)
    keys = {
        name: Key(*name.replace("as_is", "as-is").replace("_enn", "-enn").split("__"), *parts)
        for name in arms
    }
    by_repeat = {keys[name]: np.full(5, value) for name, (value, _) in arms.items()}
    gains = {}
    for name, (value, error) in arms.items():
        key = keys[name]
        base = by_repeat.get(key._replace(approach="as-is"))
        if key.approach != "as-is" and base is not None:
            gain = METRICS[metric].sign * (value - base)
            gains[key] = Gain(gain, np.full(5, 0.2), gain, error**2 / 1.25, 1e6, 1.0)
    facts = FACTS | {"primary_metric": metric, "effect_prior": effect_prior}
    facts["margins"] = margins(None, facts | {"cost_range": 1.0}, METRICS)
    return Comparison(
        facts, by_repeat, by_repeat, gains, {}, {}, {key[:2]: [] for key in keys.values()}, {}
    )


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        (
            {"tree__as_is": (0.6, 0), "tree__smote": (0.7, 0.005)},
            "ROC AUC is expected to go from 0.600 to 0.699, compared with the unchanged rows",
        ),
        (
            {"tree__as_is": (0.6, 0), "tree__smote": (0.7, 0.005)},
            "Use smote with tree: that it improves ROC AUC enough to matter (by more than 0.01) has a probability above 99 %.",
        ),
        (
            {
                "tree__as_is": (0.6, 0),
                "tree__smote": (0.7, 0.005),
                "boosting__as_is": (0.8, 0),
                "boosting__smote": (0.8, 0.001),
            },
            (
                "Leave the rows as they are, use boosting and tune the threshold: that smote improves ROC AUC enough to matter "
                "(by more than 0.01) has a probability below 1 %.|smote with boosting: no change in ROC AUC is expected, and at "
                "most a gain of 0.002"
            ),
        ),
        (
            {"tree__as_is": (0.6, 0), "tree__smote": (0.6, 0.001), "tree__over": (0.6, 0.001)},
            "all are practically equal to the unchanged rows.",
        ),
        (
            {"tree__as_is": (0.6, 0), "tree__smote": (0.5, 0.001), "tree__over": (0.6, 0.001)},
            "no approach gives a gain worth having.",
        ),
        (
            {"tree__as_is": (0.6, 0)},
            "Nothing can be compared: only the unchanged rows have scores",
        ),
        ({}, "Nothing can be compared: not even the unchanged rows have scores"),
    ],
)
def test_the_headline_says_what_the_differences_say(
    arms: dict[str, tuple[float, float]], words: str
) -> None:
    assert words in "|".join(of_gains(**arms).advice)


def test_an_approach_that_helps_a_weaker_estimator_is_named_below() -> None:
    found = of_gains(
        tree__as_is=(0.6, 0),
        tree__smote=(0.7, 0.005),
        boosting__as_is=(0.8, 0),
        boosting__smote=(0.8, 0.001),
    )
    assert found.advice[2].startswith(
        "Approaches help tree (smote takes ROC AUC of tree from 0.600 to 0."
    )
    assert "but boosting is better on the unchanged rows (0.800)" in found.advice[2]


def test_lower_costs_are_better_and_the_default_cost_is_stated() -> None:
    found = of_gains("cost", tree__as_is=(2.0, 0), tree__smote=(1.0, 0.01))
    found = replace(found, facts=found.facts | {"trivial_cost": 3.0})
    assert "cost per row is expected to go from 2.000 to 1.00" in found.advice[1]
    assert (
        "decisions of tree at its tuned threshold cost 2 per row; the same decision for every row costs 3."
        in found.advice[2]
    )


def test_the_estimate_of_the_headline_is_shrunk_and_both_intervals_stand_there() -> None:
    noisy = of_gains(tree__as_is=(0.6, 0), tree__smote=(0.7, 0.04), tree__over=(0.6, 0.04))
    (best,) = (d for d in in_primary(noisy) if d.key.approach == "smote")
    assert best.estimate.mean == pytest.approx(0.1)
    assert 0 < best.posterior.mean < 0.08
    assert (
        "from these data alone" in of_gains(tree__as_is=(0.6, 0), tree__smote=(0.7, 0.01)).advice[1]
    )


def test_open_comparisons_say_how_many_more_events_would_settle_them() -> None:
    noisy = of_gains(tree__as_is=(0.6, 0), tree__smote=(0.61, 0.02))
    (d,) = in_primary(noisy)
    assert d.verdict == "open"
    times = times_to_settle(noisy, d)
    assert times is not None
    assert times > 1
    (sentence,) = (s for s in noisy.advice if "more events" in s)
    assert sentence.startswith("The comparison in ROC AUC is open; about ")
    assert "(20 now) would probably settle it." in sentence
    # With so many more events, four of five gains that are drawn from the posterior are settled.
    assert _share_settled(noisy, d, times) >= 0.8 > _share_settled(noisy, d, times / 1.25)
    flat = noisy.judged(effect_prior="flat")
    times = times_to_settle(flat, in_primary(flat)[0])
    assert times is not None
    later = of_gains(
        effect_prior="flat", tree__as_is=(0.6, 0), tree__smote=(0.61, 0.02 / np.sqrt(times))
    )
    assert in_primary(later)[0].verdict != "open"
    tight = of_gains(tree__as_is=(0.6, 0), tree__smote=(0.6, 0.0001))
    assert not any("more events" in s for s in tight.advice)


def test_without_a_prior_an_approach_is_advised_only_if_it_is_shown_to_be_better() -> None:
    arms = {"tree__as_is": (0.6, 0), "tree__smote": (0.65, 0.026)}
    found = of_gains(effect_prior="flat", **arms)
    assert found.advice[0].startswith("Leave the rows as they are")
    sure = of_gains(effect_prior="flat", tree__as_is=(0.6, 0), tree__smote=(0.65, 0.01))
    assert sure.advice[0].startswith("Use smote with tree")
    assert "from these data alone" not in sure.advice[0]
    assert sure.differences[0].posterior.mean == pytest.approx(0.05)


def test_holm_counts_the_comparisons_of_the_headline() -> None:
    one = of_gains(effect_prior="flat", tree__as_is=(0.6, 0), tree__smote=(0.65, 0.02))
    assert one.differences[0].verdict == "better"
    rest = {f"tree__a{i}": (0.6, 0.02) for i in range(9)}
    many = of_gains(effect_prior="flat", tree__as_is=(0.6, 0), tree__smote=(0.65, 0.02), **rest)
    assert next(d for d in many.differences if d.key.approach == "smote").verdict == "open"


def test_the_headline_compares_like_with_like(result: Comparison) -> None:
    assert result.primary.name == "cost"  # there are costs
    assert {d.key.threshold for d in in_primary(result)} == {"tuned"}
    ranked = result.judged(primary_metric="neg_log_loss")
    assert {d.key.prior for d in in_primary(ranked)} == {"as trained"}


def test_setups_that_make_probabilities_worse_are_counted(result: Comparison) -> None:
    (sentence,) = (s for s in result.advice if s.startswith("Probabilities: "))
    assert " of 3 setups make them worse" in sentence
    assert "ResampledClassifier" in sentence


def test_tuning_alone_stands_beside_the_best_approach_at_half(result: Comparison) -> None:
    (sentence,) = (s for s in result.advice if s.startswith("logistic: "))
    assert result.decides_by == "cost"
    tuned = result.mean(Key("logistic", "as-is", None, "tuned", "cost"))
    assert (
        f"cost per row on the unchanged rows is 0.519 at a threshold of 0.5 and {tuned:.3f}"
        in sentence
    )
    at_half = [
        result.mean(Key("logistic", approach, "as trained", "0.5", "cost"))
        for approach in result.approaches[1:]
    ]
    assert sentence.endswith(f" has {min(at_half):.3f}.")
    by_f1 = result.judged(primary_metric="f1")
    tuned = result.mean(Key("logistic", "as-is", None, "tuned", "f1"))
    assert any(f"and {tuned:.3f} at a tuned one" in sentence for sentence in by_f1.advice)


def test_estimators_are_compared_on_the_unchanged_rows() -> None:
    arms = {"tree__as_is": (0.6, 0), "boosting__as_is": (0.9, 0), "tree__smote": (0.6, 0.001)}
    found = of_gains("average_precision", **arms)
    words = "changes PR AUC from 0.600 (tree) to 0.900 (boosting), on the unchanged rows."
    assert any(words in sentence for sentence in found.advice)


def test_the_best_approach_that_is_shown_to_be_better_is_advised() -> None:
    arms = {"tree__as_is": (0.5, 0), "tree__wide": (0.57, 0.05), "tree__sure": (0.55, 0.01)}
    for effect_prior in ("flat", "reference"):
        found = of_gains(effect_prior=effect_prior, **arms)
        assert found.advice[0].startswith(
            "Use sure with tree" if effect_prior == "flat" else "Use "
        )
        assert not any(sentence.startswith("Approaches help tree") for sentence in found.advice)


def test_what_other_tables_show_is_not_enough_where_these_data_show_a_loss() -> None:
    found = of_gains(tree__as_is=(0.5, 0), tree__smote=(0.499, 0.05))
    (d,) = in_primary(found)
    loved = replace(found, priors={d.key: (5.0, 0.3, 90)})
    assert in_primary(loved)[0].posterior.gain > 0.9
    assert loved.advice[0].startswith("Leave the rows")


def test_an_estimator_without_approaches_gets_no_approach_of_another() -> None:
    found = of_gains(tree__as_is=(0.5, 0), tree__smote=(0.5, 0.01), boosting__as_is=(0.9, 0))
    assert (
        "use boosting and tune the threshold. No approach has scores with boosting."
        in found.advice[0]
    )


def test_how_much_is_known_from_other_tables_is_said() -> None:
    found = of_gains(tree__as_is=(0.5, 0), tree__smote=(0.5, 0.02))
    sure = replace(found, priors={in_primary(found)[0].key: (0.0, 0.1, 90)})
    assert in_primary(sure)[0].verdict == "practically equal"
    assert any("These data alone would leave this comparison open" in s for s in sure.advice)


def test_the_precision_that_was_reached_stands_in_the_advice(result: Comparison) -> None:
    found = result.judged(primary_metric="recall_at_precision").advice
    assert any(
        s.startswith("On the unchanged rows, a precision of 0.5 was asked for, and 0.")
        for s in found
    )


def test_the_threshold_is_moved_only_where_that_is_better_than_half(result: Comparison) -> None:
    at = result.mean(Key("logistic", "as-is", None, "tuned", "threshold_by_cost"))
    assert f"and move the threshold to {at:.2g} (tuned for cost per row): that " in result.advice[0]
    assert isinstance(result.recommended().policy, LowestCost)
    kept = result.judged(primary_metric="f1")
    keys = (
        Key("logistic", "as-is", *parts, "f1") for parts in (("as trained", "0.5"), (None, "tuned"))
    )
    half, tuned = (kept.mean(key) for key in keys)
    assert half > tuned
    assert "keep the threshold of 0.5 (tuning it for F1 gains nothing)" in kept.advice[0]
    assert kept.recommended().policy == FixedThreshold(0.5)
    assert kept.advice[1].startswith("On held-out rows, it finds ")


def test_what_the_advised_setup_finds_stands_below_the_headline(result: Comparison) -> None:
    by = {
        name: result.mean(Key("logistic", "as-is", None, "tuned", f"{name}_by_cost"))
        for name in ("recall", "precision")
    }
    found, false = 100 * by["recall"], 100 * (1 - by["precision"])
    assert result.advice[1].startswith(
        f"On held-out rows, logistic with the unchanged rows finds {found:.0f} of 100 events at its tuned threshold, and "
        f"{false:.0f} of 100 alarms are false; at 0.5 it finds "
    )
    none = {Key("logistic", "as-is", "as trained", "0.5", "recall"): np.array([0.0])}
    silent = replace(result, described=result.described | none)
    assert silent.advice[1].endswith("; at 0.5 it finds none.")


def test_costs_at_which_no_setup_pays_are_named_first() -> None:
    found = of_gains("cost", tree__as_is=(2.0, 0), tree__smote=(1.9, 0.01))
    dear = replace(found, facts=found.facts | {"trivial_cost": 1.5})
    assert dear.advice[0].startswith(
        "At these costs no setup pays: the same decision for every row costs 1.5 per row, and the best setup 1.9"
    )
    cheap = replace(found, facts=found.facts | {"trivial_cost": 2.5})
    assert cheap.advice[0].startswith("Use smote with tree")


def test_an_open_gain_that_the_study_does_not_know_is_named() -> None:
    noisy = of_gains(tree__as_is=(0.6, 0), tree__mine=(0.63, 0.03))
    assert any(
        "The reference study knows no gains in ROC AUC of mine with tree" in sentence
        for sentence in noisy.advice
    )
    flat = of_gains(effect_prior="flat", tree__as_is=(0.6, 0), tree__mine=(0.63, 0.03))
    assert not any("reference study" in sentence for sentence in flat.advice)
    assert (
        "improves ROC AUC enough to matter (by more than 0.01) is not shown (p = " in flat.advice[0]
    )


def test_a_threshold_of_nothing_is_an_alarm_for_every_row(result: Comparison) -> None:
    key = Key("logistic", "as-is", None, "tuned", "threshold_by_cost")
    every = replace(result, described=result.described | {key: np.array([0.0])})
    assert "raise an alarm for every row (which is best for cost per row)" in every.advice[0]
