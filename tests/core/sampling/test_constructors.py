"""A misspelt parameter of a constructor is named with the nearest one."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from sklearn.base import clone

import poise
from poise import decisions, ensemble, metrics, model_selection, pipeline, utils
from poise.core.errors import ParameterError
from poise.core.sampling.constructors import check_names

# Classes that are not constructed by users, and why.
RESULTS = {
    "CrossFitted",
    "PriorEstimate",
    "Residual",
    "CostCurve",
    "ReliabilityCurve",
    "ThresholdCurve",
}
KINDS = {
    name: kind
    for module in (poise, decisions, ensemble, metrics, model_selection, pipeline, utils)
    for name in getattr(module, "__all__", [])
    if isinstance(kind := getattr(module, name), type)
    and name not in RESULTS
    and not inspect.isabstract(kind)
    and not issubclass(kind, Exception | Warning | tuple)
}
NOT_WALKED = {
    "Plan": "made by samplers",
    "Resampled": "a result",
    "Chain": "takes samplers alone",
    "Proportion": "takes one number",
    "Ratio": "takes one number or dictionary",
    "Substitution": "takes any names",
}


@pytest.mark.parametrize("name", sorted(KINDS.keys() - NOT_WALKED.keys()))
def test_every_constructor_names_the_parameters_that_it_has(name: str) -> None:
    known = [one for one in inspect.signature(KINDS[name]).parameters if one != "self"]
    misspelt = f"{known[-1]}x"
    with pytest.raises(ParameterError, match=f"{name} has no parameter '{misspelt}'") as raised:
        KINDS[name](**{misspelt: 1})
    assert f" Did you mean '{known[-1]}'? Its parameters are {known[0]}" in str(raised.value)


def test_what_is_known_of_a_class_stays_as_it_is() -> None:
    sampler = poise.SMOTE(k_neighbors=3)
    assert clone(sampler).k_neighbors == 3
    assert next(iter(inspect.signature(poise.SMOTE.__init__).parameters)) == "self"
    with pytest.raises(TypeError):
        poise.SMOTE(3)


class Own(poise.base.SmoteFamily):
    """A subclass without a constructor of its own."""

    def pairs(self, problem: Any, code: int) -> None: ...


def test_a_subclass_is_named_by_its_own_name() -> None:
    with pytest.raises(ParameterError, match="Own has no parameter 'k'"):
        Own(k=3)
    check_names("Own", [], [])
