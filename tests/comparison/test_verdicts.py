"""Verdicts: each arm against the unchanged rows with a tuned threshold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poise import compare
from poise.comparison import Comparison
from poise.comparison.metrics import Key
from poise.comparison.verdicts import Verdicts
from poise.core.errors import UnknownNameError
from poise.decisions import CostMatrix


def test_the_parts_of_a_gain_add_up(result: Comparison) -> None:
    for metric in ("f1", "mcc", "balanced_accuracy", "g_mean"):
        for approach in ("class-weights", "smote", "random-under"):
            parts = result.gain("logistic", approach, metric)
            total = parts.pop("gain")
            assert sum(parts.values()) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("logistik", "smote"), "no estimator 'logistik' .* Did you mean 'logistic'"),
        (("logistic", "smot"), "no approach 'smot' .* Did you mean 'smote'"),
        (
            ("logistic", "smote", "g-mean"),
            "no metric of decisions 'g-mean' .* Did you mean 'g_mean'",
        ),
        (("logistic", "smote", "brier"), "no metric of decisions 'brier'"),
        (("logistic", "smote", "recall_at_precision"), "no metric of decisions 'recall_at"),
    ],
)
def test_a_gain_of_an_unknown_name_raises(
    result: Comparison, names: tuple[str, ...], words: str
) -> None:
    with pytest.raises(UnknownNameError, match=words):
        result.gain(*names)


def test_correction_moves_probabilities_and_decisions_at_half_alone(result: Comparison) -> None:
    raw = Key("logistic", "smote", "as trained", None, "log_loss")
    assert result.mean(raw._replace(prior="corrected")) < result.mean(raw)
    large = Key("logistic", "smote", "as trained", None, "in_the_large")
    assert result.mean(large) < -1
    assert abs(result.mean(large._replace(prior="corrected"))) < 0.5
    assert not any(key.approach == "as-is" and key.prior == "corrected" for key in result.values)


def test_everything_is_compared_with_the_rows_as_they_are_and_a_tuned_threshold(
    result: Comparison,
) -> None:
    for d in result.differences:
        base = result.baseline_of(d.key)
        assert base.approach == "as-is"
        values = result.by_repeat[d.key] - result.by_repeat[base]
        sign = -1 if d.key.metric in ("brier", "log_loss", "cost") else 1
        assert d.estimate.mean == pytest.approx(sign * values.mean())
        assert d.value - d.baseline == pytest.approx(values.mean())
    tuned = [d.key for d in result.differences if d.key.metric == "cost"]
    assert {key.threshold for key in tuned} == {"0.5", "tuned", "by cost"}


def test_ratios_make_a_curve_from_nothing_to_all(
    with_ratios: Comparison, single: Comparison
) -> None:
    assert with_ratios.approaches[2:5] == ["smote@0.25", "smote@0.5", "smote"]
    curve = [point for point in with_ratios.by_ratio() if point[1] == "smote"]
    assert [share for _, _, share, *_ in curve] == [0, 0.25, 0.5, 1]
    gains = {d.key: d.estimate.mean for d in with_ratios.differences}
    assert curve[-1][3] == gains[Key("logistic", "smote", None, None, "average_precision")]
    losses = [gain for _, name, _, gain, *_ in with_ratios.by_ratio("log_loss") if name == "smote"]
    assert losses == sorted(losses, reverse=True)  # the more is made, the worse are probabilities
    assert single.by_ratio() == []


def test_frames_have_one_row_per_value_and_empty_text_for_no_threshold(result: Comparison) -> None:
    columns = result.to_dict()
    assert set(columns["threshold"]) == {"", "0.5", "tuned", "by cost"}
    assert set(columns["prior"]) == {"", "as trained", "corrected"}
    assert len(columns["value"]) == 10 * len(result.values)
    assert list(result.verdicts("pandas")["estimator"]) == ["logistic"] * len(result.differences)


def test_intervals_hold_for_all_arms_together(result: Comparison) -> None:
    together = result.intervals("roc_auc")
    assert together.keys() == result.status.keys()
    alone = replace(
        result, values={k: v for k, v in result.values.items() if k.approach == "smote"}
    ).intervals("roc_auc")
    arm = ("logistic", "smote")
    assert together[arm].mean == alone[arm].mean
    assert together[arm].low < alone[arm].low
    with pytest.raises(UnknownNameError, match="There is no metric 'auc'"):
        result.intervals("auc")


def test_what_was_not_computed_is_nan(result: Comparison) -> None:
    assert isinstance(result, Verdicts)
    assert np.isnan(result.mean(Key("logistic", "rose", None, None, "roc_auc")))


def test_a_result_is_judged_again_without_fitting(result: Comparison) -> None:
    wide = result.judged(equivalence_margin={"roc_auc": 10.0})
    assert {d.verdict for d in wide.differences if d.key.metric == "roc_auc"} == {
        "practically equal"
    }
    assert result.judged().advice == result.advice
    flat = result.judged(effect_prior="flat")
    for d, of_flat in zip(result.differences, flat.differences, strict=True):
        assert d.estimate == of_flat.estimate
        assert of_flat.posterior.mean == pytest.approx(of_flat.estimate.mean)
        assert (d.posterior.low, d.posterior.high) != (
            of_flat.posterior.low,
            of_flat.posterior.high,
        )
    assert result.facts["effect_prior"] == "reference"  # the result itself stays as it is
    with pytest.raises(UnknownNameError):
        result.judged(effect_prior="none")  # type: ignore[arg-type]


def test_probabilities_add_up_and_shrink_the_largest_gain(result: Comparison) -> None:
    columns = result.verdict_columns()
    total = columns["p_gain"] + columns["p_equal"] + columns["p_loss"]
    assert total == pytest.approx(np.ones(len(total)))
    is_auc = columns["metric"] == "roc_auc"
    assert np.ptp(columns["expected_gain"][is_auc]) < np.ptp(columns["gain"][is_auc])


def test_with_two_repeats_their_spread_is_averaged_over_approaches(result: Comparison) -> None:
    keys = [key for key in result.gains if key.metric == "roc_auc"]
    spreads = [result.gains[key].between_repeats for key in keys]
    for key in keys:
        gain = result.gains[key]
        rows = (1 + result.ratio) * gain.row_variance
        assert result.measured(key).error == pytest.approx(np.sqrt(rows + np.mean(spreads) / 2))


def test_the_variance_of_folds_is_added_to_gains_of_unlike_models(result: Comparison) -> None:
    key = Key("logistic", "smote", None, None, "roc_auc")
    unlike = replace(result.gains[key], likeness=0.4, row_variance=1e-12)
    found = replace(result, gains=result.gains | {key: unlike}).measured(key)
    assert found.basis == "both"
    careful = replace(result, facts=result.facts | {"with_folds": "the folds go forward in time"})
    assert careful.measured(key).error >= result.measured(key).error
    assert "forward in time" in careful.to_markdown()


def test_what_this_run_would_find_is_stated(result: Comparison) -> None:
    found = result.smallest_differences
    assert set(found) == {key.metric for key in result.gains}
    halves = []
    for key in result.gains:
        if key.metric == "f1" and result.is_fair(key):
            estimate = result.measured(key).estimate()
            halves.append(estimate.high - estimate.mean)
    assert found["f1"] == pytest.approx(1.43 * np.median(halves))


def test_shown_values_weigh_an_incomplete_repeat_as_gains_do(
    X: np.ndarray, y: np.ndarray, quick: dict[str, object]
) -> None:
    seen = []

    def stop_at_six(done: object) -> None:
        seen.append(done)
        if len(seen) == 6:
            raise KeyboardInterrupt

    part = compare(X, y, **quick | {"n_repeats": 2, "progress": stop_at_six})
    assert part.facts["weights_of_repeats"] == pytest.approx([5 / 6, 1 / 6], abs=0.01)
    # Tuned thresholds have no value in the first fold of a repeat, so they are compared on fewer folds than 0.5.
    for d in filter(lambda d: part.is_fair(d.key), part.differences):
        sign = -1 if d.key.metric in ("brier", "log_loss") else 1
        shown = part.mean(d.key) - part.mean(part.baseline_of(d.key))
        assert sign * shown == pytest.approx(d.estimate.mean)


def test_a_stored_comparison_keeps_the_priors_that_it_was_judged_with(
    result: Comparison, tmp_path: Path
) -> None:
    key = next(iter(result.gains))
    other = replace(result, priors=result.priors | {key: (3.0, 0.5, 12)})
    other.save(tmp_path / "r.json")
    again = Comparison.load(tmp_path / "r.json")
    assert again.priors == other.priors
    assert again.differences == other.differences
    assert result.priors.keys() == result.gains.keys()


def test_gains_of_costs_can_be_compared_and_stored(
    X: np.ndarray, y: np.ndarray, quick: dict[str, object], tmp_path: Path
) -> None:
    found = compare(X, y, **quick, costs=CostMatrix([[0, 1], [5, -20]], [0, 1]))
    assert found.facts["margins"]["cost"] > 0
    for d in found.differences:
        assert d.posterior.low <= d.posterior.mean <= d.posterior.high
    found.save(tmp_path / "r.json")
    assert Comparison.load(tmp_path / "r.json").advice == found.advice
