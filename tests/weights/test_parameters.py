"""Weights under the names of each library: the same losses as with row weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit, log_expit, log_softmax
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

from poise.core.errors import InputError, UnknownNameError
from poise.weights import class_weights, sample_weights, weight_parameters
from poise.weights._parameters import LIBRARIES

TWO = ["no"] * 8 + ["yes"] * 2
THREE = np.repeat([3, 5, 9], [6, 3, 1])
MULTI = np.array([[1, 0, 1], [1, 1, 0], [0, 0, 0], [1, 0, 0]])


def test_every_library_gets_its_own_names_of_two_classes() -> None:
    found = {library: weight_parameters(TWO, library=library) for library in LIBRARIES}
    assert found == {
        "sklearn": {"class_weight": {"no": 0.625, "yes": 2.5}},
        "xgboost": {"scale_pos_weight": 4.0},
        "lightgbm": {"class_weight": {"no": 0.625, "yes": 2.5}},
        "catboost": {"auto_class_weights": "Balanced"},
        "torch": {"pos_weight": [4.0]},
        "keras": {"class_weight": {0: 0.625, 1: 2.5}},
    }


def test_several_classes_are_by_label_or_by_position() -> None:
    weights = class_weights(THREE, "sqrt")
    by_position = list(weights.values())
    for library, expected in {
        "sklearn": {"class_weight": weights},
        "lightgbm": {"class_weight": weights},
        "catboost": {"auto_class_weights": "SqrtBalanced"},
        "torch": {"weight": by_position},
        "keras": {"class_weight": dict(enumerate(by_position))},
    }.items():
        assert weight_parameters(THREE, library=library, scheme="sqrt") == expected
    capped = weight_parameters(THREE, library="catboost", scheme="capped", cap=2)
    assert capped == {"class_weights": class_weights(THREE, "capped", cap=2)}
    given = {3: 1, 5: 2, 9: 3}
    found = weight_parameters(THREE, library="catboost", scheme=given)
    assert found == {"class_weights": given}


def test_xgboost_has_no_parameter_for_several_classes() -> None:
    with pytest.raises(
        InputError,
        match=r"3 classes, 3, 5, 9.*sample_weight=poise.weights.sample_weights\(y, 'sqrt'\)",
    ):
        weight_parameters(THREE, library="xgboost", scheme="sqrt")


def test_the_weighted_mean_of_bce_losses_is_that_of_row_weights() -> None:
    y, logits = np.array([0] * 8 + [1] * 2), np.linspace(-2, 2, 10)
    (pos_weight,) = weight_parameters(y, library="torch")["pos_weight"]
    # torch.nn.BCEWithLogitsLoss, as its documentation states it.
    loss = -(pos_weight * y * log_expit(logits) + (1 - y) * log_expit(-logits))
    own = -np.where(y == 1, log_expit(logits), log_expit(-logits))
    np.testing.assert_allclose(loss / loss.sum(), (w := sample_weights(y) * own) / w.sum())


def test_the_pos_weights_of_several_labels_are_zeros_per_one() -> None:
    found = weight_parameters(MULTI, library="torch")["pos_weight"]
    np.testing.assert_allclose(found, [1 / 3, 3, 3])
    found = weight_parameters(MULTI, library="torch", scheme="capped", cap=2)["pos_weight"]
    np.testing.assert_allclose(found, [1 / 2, 2, 2])
    found = weight_parameters(MULTI, library="torch", scheme="sqrt")["pos_weight"]
    np.testing.assert_allclose(found, [3**-0.5, 3**0.5, 3**0.5])


def test_cross_entropy_with_class_weights_is_the_weighted_mean_of_rows() -> None:
    codes = np.searchsorted([3, 5, 9], THREE)
    logits = np.random.default_rng(0).normal(size=(10, 3))
    weight = np.array(weight_parameters(THREE, library="torch")["weight"])
    each = -log_softmax(logits, axis=1)[np.arange(10), codes]
    # torch.nn.CrossEntropyLoss divides by the sum of the weights of the rows, which is their number here.
    of_torch = (weight[codes] * each).sum() / weight[codes].sum()
    assert of_torch == pytest.approx((sample_weights(THREE) * each).mean())


def test_one_hot_targets_have_a_weight_for_each_column() -> None:
    one_hot = np.eye(2, dtype=int)[[0] * 8 + [1] * 2]
    assert weight_parameters(one_hot, library="torch") == {"weight": [0.625, 2.5]}
    assert weight_parameters(one_hot, library="keras") == {"class_weight": {0: 0.625, 1: 2.5}}
    empty = np.eye(3, dtype=int)[[0] * 8 + [2] * 2]
    for library in ("torch", "keras"):
        with pytest.raises(InputError, match="Column 1 of y .* no row with a 1"):
            weight_parameters(empty, library=library)


def test_scikit_learn_fits_the_same_model_by_class_and_by_row() -> None:
    X, y = make_classification(
        300, weights=[0.6, 0.3], n_classes=3, n_informative=4, random_state=0
    )
    labels = np.array(["x", "y", "z"])[y]
    parameters = weight_parameters(labels, library="sklearn", scheme="effective", beta=0.99)
    by_class = LogisticRegression(**parameters, max_iter=500).fit(X, labels)
    weights = sample_weights(labels, "effective", beta=0.99)
    by_row = LogisticRegression(max_iter=500).fit(X, labels, sample_weight=weights)
    np.testing.assert_allclose(by_class.coef_, by_row.coef_, atol=1e-6)
    assert np.ptp(expit(by_class.coef_)) > 0.1


@pytest.mark.parametrize(
    ("y", "arguments", "words"),
    [
        (TWO, {"library": "xgbost"}, "library='xgbost' is not known.*Did you mean 'xgboost'"),
        (TWO, {"library": "scikit-learn"}, "Did you mean 'sklearn'"),
        (TWO, {"library": None}, "library=None is not known"),
        (TWO, {"library": "keras", "scheme": "foo"}, "no scheme='foo'"),
        (["no"] * 3, {"library": "xgboost"}, "y has one class, 'no'.*rows of both classes"),
        (["no"] * 3, {"library": "torch"}, "y has one class, 'no'.*rows of both classes"),
        (
            TWO,
            {"library": "torch", "scheme": {"no": 0, "yes": 1}},
            "class 'no' the weight 0, so that the ratio",
        ),
        (
            MULTI,
            {"library": "keras"},
            r"several labels per row, for which library='keras'.*sample_w",
        ),
        (np.array([[1, 1], [1, 0]]), {"library": "torch"}, "Column 0 of y .* is 1 in every row"),
        (MULTI, {"library": "torch", "scheme": {0: 1, 1: 2}}, "gives weights by label"),
    ],
)
def test_what_a_library_lacks_is_named(y: Any, arguments: Any, words: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=words):
        weight_parameters(y, **arguments)
