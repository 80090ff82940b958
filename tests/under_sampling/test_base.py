"""Base classes of under-samplers of arrays are at the path that client code imports; see tests/utils."""

from __future__ import annotations

from poise.under_sampling import base
from poise.utils import _samplers


def test_the_base_classes_are_those_of_utils() -> None:
    assert base.BaseUnderSampler is _samplers.BaseUnderSampler
    assert base.BaseCleaningSampler is _samplers.BaseCleaningSampler
