"""Pictures: each kind is drawn from the numbers of a comparison, and what is missing is named."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from poise.comparison import Comparison
from poise.comparison.metrics import Key
from poise.comparison.pictures import KINDS, best_at_half
from poise.core.errors import InputError, UnknownNameError


@pytest.mark.parametrize("kind", ["forest", "gain", "pr", "reliability", "threshold"])
def test_pictures_are_drawn(escaped: Comparison, kind: str) -> None:
    assert kind in KINDS
    axes = escaped.plot(kind)
    assert axes.get_title()
    plt.close(axes.figure)


def test_ratios_are_drawn_where_they_were_compared(
    with_ratios: Comparison, escaped: Comparison
) -> None:
    axes = with_ratios.plot("ratio", "log_loss")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0.00", "0.25", "0.50", "1.00"]
    plt.close(axes.figure)
    shown = with_ratios.plot("pr").get_legend_handles_labels()[1]
    assert shown == ["as-is", "class-weights", "smote", "random-under"]
    with pytest.raises(InputError, match=r"Pass ratios=\[0.25, 0.5\]"):
        escaped.plot("ratio")


def test_pictures_that_are_not_there_are_named(escaped: Comparison) -> None:
    with pytest.raises(UnknownNameError, match="There is no picture 'bars'"):
        escaped.plot("bars")
    with pytest.raises(UnknownNameError, match="Did you mean 'f1'"):
        escaped.plot("forest", "f11")
    with pytest.raises(InputError, match="no differences in cost"):
        escaped.plot("forest", "cost")


def test_the_gain_is_that_of_the_best_approach_at_half(result: Comparison) -> None:
    ((estimator, approach),) = best_at_half(result, "f1")
    best = result.mean(Key(estimator, approach, "as trained", "0.5", "f1"))
    for other in ("class-weights", "smote", "random-under"):
        assert best >= result.mean(Key(estimator, other, "as trained", "0.5", "f1"))
