"""Metrics of predicted classes equal their formulas in plain loops, with weights and averages."""

from __future__ import annotations

from typing import Any

import imblearn.metrics
import imblearn.metrics.pairwise
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    cohen_kappa_score,
    make_scorer,
    recall_score,
    roc_auc_score,
)

from poise.core.errors import InputError, UnsupportedTypeError
from poise.metrics import (
    classification_report_imbalanced,
    geometric_mean_score,
    macro_averaged_mean_absolute_error,
    make_index_balanced_accuracy,
    sensitivity_score,
    sensitivity_specificity_support,
    specificity_score,
)

AVERAGES = [None, "micro", "macro", "weighted"]
rng = np.random.RandomState(0)
TRUE, PRED = rng.randint(0, 3, 200), rng.randint(0, 3, 200)
WEIGHT = rng.uniform(0.1, 3, 200)


def counted(true: Any, pred: Any, weight: Any, label: int) -> tuple[float, float, float]:
    """Sensitivity, specificity and support of a class, from plain loops."""
    tp = fn = tn = fp = 0.0
    for t, p, w in zip(true, pred, weight, strict=True):
        if t == label:
            tp, fn = (tp + w, fn) if p == label else (tp, fn + w)
        else:
            tn, fp = (tn, fp + w) if p == label else (tn + w, fp)
    return tp / (tp + fn), tn / (tn + fp), tp + fn


@given(st.data())
def test_rates_are_shares_of_the_total_weight(data: st.DataObject) -> None:
    n_rows = data.draw(st.integers(6, 40))
    draws = np.random.RandomState(data.draw(st.integers(0, 10_000)))
    true, pred = (
        np.concatenate([[0, 1, 2], draws.randint(0, 3, n_rows)]),
        draws.randint(0, 3, n_rows + 3),
    )
    weight = draws.uniform(0.01, 5, n_rows + 3)
    found = sensitivity_specificity_support(true, pred, sample_weight=weight)
    slow = np.array([counted(true, pred, weight, label) for label in range(3)]).T
    for mine, expected in zip(found, slow, strict=True):
        np.testing.assert_allclose(mine, expected)
    each = np.sqrt(slow[0] * slow[1])
    np.testing.assert_allclose(
        geometric_mean_score(true, pred, average="macro", sample_weight=weight), each.mean()
    )
    np.testing.assert_allclose(
        geometric_mean_score(true, pred, average="weighted", sample_weight=weight),
        np.average(each, weights=slow[2]),
    )
    np.testing.assert_allclose(
        geometric_mean_score(true, pred, sample_weight=weight), np.prod(slow[0]) ** (1 / 3)
    )


def test_a_weighted_specificity_is_at_most_one() -> None:
    true, pred, weight = [0, 0, 1, 1], [0, 0, 1, 1], [5.0, 5.0, 1.0, 1.0]
    assert specificity_score(true, pred, sample_weight=weight) == 1.0


@pytest.mark.parametrize("average", AVERAGES)
def test_sensitivity_equals_recall_of_scikit_learn(average: str | None) -> None:
    mine = sensitivity_score(TRUE, PRED, average=average, sample_weight=WEIGHT)
    np.testing.assert_allclose(
        mine, recall_score(TRUE, PRED, average=average, sample_weight=WEIGHT)
    )


@pytest.mark.parametrize("average", AVERAGES)
def test_unweighted_rates_equal_those_of_imbalanced_learn(average: str | None) -> None:
    mine = sensitivity_specificity_support(TRUE, PRED, average=average)
    other = imblearn.metrics.sensitivity_specificity_support(TRUE, PRED, average=average)
    for ours, theirs in zip(mine[:2], other[:2], strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_the_binary_score_is_of_the_positive_class() -> None:
    true, pred = np.array(["no", "no", "yes", "yes"]), np.array(["no", "yes", "yes", "yes"])
    assert sensitivity_score(true, pred, pos_label="no") == 0.5
    assert specificity_score(true, pred, pos_label="no") == 1.0
    assert geometric_mean_score(true, pred, pos_label="yes", average="binary") == pytest.approx(
        0.5**0.5
    )
    with pytest.raises(InputError, match="pos_label=1 is not among the labels 'no', 'yes'"):
        sensitivity_score(true, pred)


def test_classes_that_are_not_included_still_count_as_wrong() -> None:
    chosen = sensitivity_specificity_support(TRUE, PRED, labels=[2, 0])
    whole = sensitivity_specificity_support(TRUE, PRED)
    for part, every in zip(chosen, whole, strict=True):
        np.testing.assert_allclose(part, every[[2, 0]])


def test_a_correction_keeps_one_class_from_deciding_alone() -> None:
    true, pred = [0, 0, 1, 1, 2], [0, 0, 1, 1, 0]
    assert geometric_mean_score(true, pred) == 0
    assert geometric_mean_score(true, pred, correction=0.001) == pytest.approx(0.001 ** (1 / 3))


def test_a_class_without_rows_warns() -> None:
    with pytest.warns(UndefinedMetricWarning, match="Sensitivity is ill-defined"):
        assert sensitivity_score([0, 0], [0, 1]) == 0


def test_an_unknown_average_raises() -> None:
    with pytest.raises(InputError, match="average='samples' is not known"):
        sensitivity_score(TRUE, PRED, average="samples")


@pytest.mark.parametrize("average", [None, "macro", "weighted", "micro"])
def test_the_index_of_balanced_accuracy_equals_its_formula(average: str | None) -> None:
    iba = make_index_balanced_accuracy(alpha=0.3)(geometric_mean_score)
    score = geometric_mean_score(TRUE, PRED, average=average)
    rates = sensitivity_specificity_support(TRUE, PRED, average=average)
    expected = (1 + 0.3 * (rates[0] - rates[1])) * score**2
    np.testing.assert_allclose(iba(TRUE, PRED, average=average), expected)
    assert make_scorer(iba) is not None


def test_the_unweighted_report_equals_that_of_imbalanced_learn() -> None:
    mine = classification_report_imbalanced(TRUE, PRED, output_dict=True)
    other = imblearn.metrics.classification_report_imbalanced(TRUE, PRED, output_dict=True)
    for label in range(3):
        for what in ("pre", "rec", "spe", "f1", "geo", "iba", "sup"):
            assert mine[str(label)][what] == pytest.approx(other[str(label)][what])
    assert mine["total_support"] == 200
    text = classification_report_imbalanced(TRUE, PRED, target_names=["a", "b", "c"], digits=3)
    assert "avg / total" in text
    assert f"{mine['1']['spe']:.3f}" in text
    with pytest.raises(InputError, match="2 names; there are 3 classes"):
        classification_report_imbalanced(TRUE, PRED, target_names=["a", "b"])


def test_the_macro_averaged_error_ignores_labels_that_are_only_predicted() -> None:
    assert macro_averaged_mean_absolute_error([1, 1, 2], [1, 5, 2]) == 1.0
    mine = macro_averaged_mean_absolute_error(TRUE, PRED, sample_weight=WEIGHT)
    other = imblearn.metrics.macro_averaged_mean_absolute_error(TRUE, PRED, sample_weight=WEIGHT)
    assert mine == pytest.approx(other)


@pytest.mark.filterwarnings("ignore:A single label was found")
def test_a_fold_without_the_class_has_no_sensitivity_and_full_specificity() -> None:
    for score, expected in ((sensitivity_score, 0.0), (specificity_score, 1.0)):
        with pytest.warns(UndefinedMetricWarning, match="Sensitivity is ill-defined"):
            assert score([-1, -1], [-1, -1]) == expected


def test_a_pos_label_without_effect_warns() -> None:
    with pytest.warns(UserWarning, match=r"pos_label=2 has no effect.*use labels=\[pos_label\]"):
        sensitivity_specificity_support([1, 2, 1], [1, 2, 2], pos_label=2, average="macro")


def test_support_counts_rows_unless_they_have_weights() -> None:
    support = sensitivity_specificity_support([0, 0, 1], [0, 1, 1])[2]
    assert support.dtype.kind == "i"
    weighted = sensitivity_specificity_support([0, 0, 1], [0, 1, 1], sample_weight=[1, 0.5, 2])[2]
    assert weighted.tolist() == [1.5, 2.0]


def test_the_index_of_scores_without_average_is_that_of_class_1() -> None:
    y_true, y_pred = [0, 0, 0, 1, 1], [0, 0, 1, 1, 1]
    index = make_index_balanced_accuracy(alpha=0.5)(accuracy_score)(y_true, y_pred)
    assert index == pytest.approx((1 + 0.5 * (1 - 2 / 3)) * 0.8**2)
    several = make_index_balanced_accuracy(alpha=0.5)(accuracy_score)([0, 1, 2], [0, 1, 1])
    assert several == pytest.approx((1 + 0.5 * (2 / 3 - 5 / 6)) * (2 / 3) ** 2)
    for score in (roc_auc_score, cohen_kappa_score, brier_score_loss):
        with pytest.raises(UnsupportedTypeError, match="needs a score of labels"):
            make_index_balanced_accuracy()(score)(y_true, y_pred)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("y_true", 3), ("labels", 1), ("sample_weight", 2.0), ("average", 1), ("y_pred", None)],
)
def test_parameters_of_scores_are_checked_by_name(parameter: str, value: object) -> None:
    given = {"y_true": [0, 1], "y_pred": [0, 1]} | {parameter: value}
    for score in (sensitivity_score, specificity_score, geometric_mean_score):
        words = f"The '{parameter}' parameter of {score.__name__} must be .* Got {value!r} instead"
        with pytest.raises(ValueError, match=words):
            score(**given)


def test_no_rows_have_no_macro_averaged_error() -> None:
    with pytest.raises(InputError, match="y_true is empty"):
        macro_averaged_mean_absolute_error([], [])
