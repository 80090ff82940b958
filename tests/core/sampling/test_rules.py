"""Rules of cleaners say how many rows may be found."""

from __future__ import annotations

from poise.base import MutualRule, VoteRule
from poise.under_sampling import AllKNN, EditedNearestNeighbours, TomekLinks


def test_a_vote_finds_about_two_rows_per_voter() -> None:
    assert VoteRule(3, rank=1, wanted=3, is_exact=True).found_per_row == 6
    assert MutualRule().found_per_row == 2


def test_cleaners_state_their_rule_and_others_none() -> None:
    assert TomekLinks().rule == MutualRule()
    assert EditedNearestNeighbours(n_neighbors=5).rule == VoteRule(5, 1, 5, is_exact=True)
    assert AllKNN().rule is None
