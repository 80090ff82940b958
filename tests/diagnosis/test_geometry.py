"""Neighbourhoods of the event: variance of new rows, equal neighbours, and clusters."""

from __future__ import annotations

import numpy as np
import pytest

from poise.diagnosis._examined import Examined
from poise.diagnosis._geometry import (
    _hubness,
    _predicted_variance,
    _same_neighbors,
    clusters_of,
    many_dimensions,
)
from poise.study.event_table import read_event_table

RNG = np.random.RandomState(0)


def examined(X: np.ndarray, n_events: int) -> Examined:
    return Examined(read_event_table(X, np.arange(len(X)) < n_events, pos_label=True))


def test_columns_of_one_scale_have_the_same_neighbours_in_both_units() -> None:
    X = RNG.normal(size=(100, 1))
    assert _same_neighbors(examined(np.hstack([X, -X]), 30)) == 1.0


def test_constant_columns_have_no_predicted_variance() -> None:
    assert np.isnan(_predicted_variance(examined(np.ones((40, 2)), 10)))


def test_rows_that_are_all_partners_equally_often_have_no_hubs() -> None:
    assert _hubness(examined(np.arange(40.0)[:, np.newaxis], 6)) == 0.0


def test_isolated_rows_of_the_event_are_in_no_cluster() -> None:
    X = np.arange(30.0)[:, np.newaxis]
    is_event = np.arange(30) % 3 == 1
    share, bridges, sizes = clusters_of(read_event_table(X, is_event, pos_label=True), is_event)
    assert (share, bridges, len(sizes)) == (0.0, 0.0, 0)


@pytest.mark.parametrize(("n_rows", "n_events"), [(29, 10), (40, 5)])
def test_small_tables_are_not_judged_for_many_dimensions(n_rows: int, n_events: int) -> None:
    found = many_dimensions(examined(RNG.normal(size=(n_rows, 2)), n_events))
    assert found.status == "not applicable"


def test_the_message_of_many_dimensions_names_the_threshold() -> None:
    found = many_dimensions(examined(RNG.normal(size=(60, 2)), 20))
    assert "above 60% there are too many columns" in found.message
