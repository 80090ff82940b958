"""Choices are written once: what a type lists is what is accepted when a program runs."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification

import poise
from poise.comparison.estimators import _BY_NAME
from poise.comparison.metrics import METRICS
from poise.core import types
from poise.core.errors import ParameterError, UnknownNameError
from poise.core.files.lineage import LINEAGE
from poise.core.sampling.parameters import one_of
from poise.core.types import choices
from poise.decisions import TunedThreshold
from poise.decisions._curves import COUNT_METRICS
from poise.diagnosis._finding import ISSUE, NOT_APPLICABLE, PASSED, TIP
from poise.diagnosis._result import SEVERITIES

X, y = make_classification(60, n_features=3, n_redundant=0, weights=[0.7], random_state=0)


def test_choices_are_in_the_order_in_which_they_are_written() -> None:
    assert choices(Literal["b", "a"]) == ("b", "a")


@pytest.mark.parametrize(
    ("alias", "known"),
    [
        (types.ComparedEstimator, _BY_NAME),
        (types.ComparedMetric, METRICS),
        (types.CountMetric, COUNT_METRICS),
        (types.LineageColumn, LINEAGE),
        (types.Severity, SEVERITIES),
        (types.Status, (ISSUE, TIP, PASSED, NOT_APPLICABLE)),
    ],
    ids=["estimators", "metrics", "counts", "lineage", "severities", "statuses"],
)
def test_choices_that_stand_elsewhere_too_are_the_same(alias: Any, known: Any) -> None:
    assert choices(alias) == tuple(known)


@pytest.mark.parametrize(
    ("method", "parameter", "alias"),
    [
        ("smote", "nominal", types.Nominal),
        ("smote", "neighbor_space", types.SpaceName),
        ("borderline-smote", "kind", types.BorderlineKind),
        ("polynom-fit-smote", "topology", types.Topology),
        ("near-miss", "version", types.NearMissVersion),
        ("edited-nearest-neighbours", "kind_sel", types.Agreement),
        ("cluster-centroids", "voting", types.Voting),
        ("random-over", "sampling_strategy", types.OverName),
        ("random-under", "sampling_strategy", types.UnderName),
        ("tomek-links", "sampling_strategy", types.UnderName),
    ],
)
def test_every_choice_of_a_parameter_is_accepted(method: Any, parameter: str, alias: Any) -> None:
    for choice in choices(alias):
        sampler = poise.make_sampler(method, random_state=0, **{parameter: choice})
        assert clone(sampler).get_params()[parameter] == choice
        assert sampler.fit(X, y).plan_ is not None


def test_a_value_that_is_no_choice_is_refused_and_the_choices_are_named() -> None:
    with pytest.raises(ParameterError, match="must be 'donor' or 'vote'. Got 'votes' instead"):
        poise.SMOTE(nominal="votes").fit(X, y)
    with pytest.raises(
        UnknownNameError, match="can be tuned for 'f1', 'mcc', 'balanced_accuracy', 'g_mean'"
    ):
        TunedThreshold("f2")
    assert str(one_of(*choices(types.Voting))) == "'auto', 'hard' or 'soft'"


def test_the_strategies_of_all_kinds_of_samplers_are_the_known_ones() -> None:
    both = {*choices(types.OverName), *choices(types.UnderName)}
    assert both == set(choices(types.StrategyName))
