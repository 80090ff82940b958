"""The base class of over-samplers of arrays is at the path that client code imports; see tests/utils."""

from __future__ import annotations

from poise.over_sampling.base import BaseOverSampler
from poise.utils import _samplers


def test_the_base_class_is_the_one_of_utils() -> None:
    assert BaseOverSampler is _samplers.BaseOverSampler
    assert "'not majority'" in BaseOverSampler._sampling_strategy_docstring
