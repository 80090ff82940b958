"""Named parts of docstrings are filled in."""

from __future__ import annotations

import pytest

from poise.utils import Substitution
from poise.utils._docstring import _n_jobs_docstring, _random_state_docstring


def test_parts_are_filled_into_classes_and_functions() -> None:
    @Substitution(random_state=_random_state_docstring, n_jobs=_n_jobs_docstring)
    class Sampler:
        """Parameters

        {random_state}

        {n_jobs}
        """

    assert Sampler.__doc__ is not None
    assert "random_state : int" in Sampler.__doc__
    assert "n_jobs : int" in Sampler.__doc__

    def bare() -> None: ...

    assert Substitution(a="b")(bare).__doc__ is None
    with pytest.raises(TypeError, match="by name"):
        Substitution("text")
