"""One call resamples any kind of table; unknown names raise and suggest the most similar one."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from typing import Any

import imblearn.over_sampling
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.datasets import make_classification

import poise
from poise import METHODS, SMOTE, Resampled, resample
from poise._api import make_sampler
from poise.core.errors import InputError, UnknownNameError, UnsupportedTypeError

# A parameter of a class or function, as its docstring states it.
DEFAULTS = re.compile(r"^([\w, ]+) : .*, default=(.+)$", re.MULTILINE)
X, y = make_classification(n_samples=200, weights=[0.8], n_features=5, random_state=0)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_name_gives_the_rows_of_its_class(method: str) -> None:
    result = resample(X, y, method=method, random_state=3)
    sampler = make_sampler(method, 3)
    expected = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(result.X, expected[0])
    np.testing.assert_array_equal(result.y, expected[1])
    np.testing.assert_array_equal(result.is_new, sampler.plan_.is_new)


def test_it_unpacks_to_x_and_y_and_cannot_be_changed() -> None:
    result = resample(X, y)
    X_new, y_new = result
    assert X_new is result.X
    assert y_new is result.y
    with pytest.raises(AttributeError):
        result.X = X  # type: ignore[misc]
    assert repr(result) == "<Resampled: 200 rows in, 320 out (200 kept, 120 new)>"


def test_a_parameter_may_have_any_name() -> None:
    result = resample(X, y, method="borderline-smote", kind="borderline-2", random_state=3)
    sampler = poise.BorderlineSMOTE(kind="borderline-2", random_state=3)
    np.testing.assert_array_equal(result.X, sampler.fit_resample(X, y)[0])


def test_smote_with_seed_0_is_the_default() -> None:
    expected = poise.SMOTE(random_state=0).fit_resample(X, y)[0]
    np.testing.assert_array_equal(resample(X, y).X, expected)


def test_weights_are_blended_and_groups_are_those_of_the_seed_row() -> None:
    weights, groups = np.arange(200.0), [f"g{i}" for i in range(200)]
    result = resample(X, y, sample_weight=weights, groups=groups)
    np.testing.assert_allclose(result.aligned["sample_weight"], result.plan.apply(weights))
    assert result.aligned["groups"] == [groups[row] for row in result.plan.source]
    assert resample(X, y).aligned == {}


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(X, columns=list("abcde")).assign(kind=y)[[*"ab", "kind", *"cde"]],
        pl.DataFrame(X, schema=list("abcde"))
        .with_columns(kind=y)
        .select("a", "b", "kind", "c", "d", "e"),
        pa.table({"a": X[:, 0], "b": X[:, 1], "kind": y, "c": X[:, 2], "d": X[:, 3], "e": X[:, 4]}),
    ],
    ids=["pandas", "polars", "pyarrow"],
)
def test_a_target_column_comes_back_in_its_place(frame: Any) -> None:
    result = resample(frame, target="kind")
    whole = result.frame()
    assert type(whole) is type(frame)
    names = list(getattr(whole, "column_names", whole.columns))
    assert names == ["a", "b", "kind", "c", "d", "e"]
    assert "kind" not in getattr(result.X, "column_names", result.X.columns)
    kinds = whole["kind"].to_pylist() if isinstance(whole, pa.Table) else whole["kind"].to_list()
    assert kinds.count(0) == kinds.count(1) == 160


@pytest.mark.parametrize(
    ("backend", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("pyarrow", pa.Table)]
)
def test_a_frame_can_be_of_another_library(backend: str, kind: type) -> None:
    assert isinstance(resample(X, y).frame(backend), kind)
    frame = pd.DataFrame(X, columns=list("abcde")).assign(kind=y)
    assert isinstance(resample(frame, target="kind").frame(backend), kind)


def test_an_array_becomes_a_pandas_frame() -> None:
    frame = resample(X, y).frame()
    assert frame.columns.tolist() == ["x0", "x1", "x2", "x3", "x4", "target"]
    assert len(frame) == 320


def test_to_dict_needs_no_frame_library() -> None:
    columns = resample(X, y).to_dict()
    assert list(columns) == ["x0", "x1", "x2", "x3", "x4", "target"]
    assert len(columns["target"]) == 320
    frame = pd.DataFrame(X, columns=list("abcde")).assign(kind=y)
    assert list(resample(frame, target="kind").to_dict()) == [*"abcde", "kind"]


def test_a_sampler_of_another_package_as_method_raises_and_suggests_to_call_it() -> None:
    with pytest.raises(UnsupportedTypeError, match="fit_resample"):
        resample(X, y, method=imblearn.over_sampling.SMOTE())


def test_a_named_series_names_the_target() -> None:
    frame = pd.DataFrame(X)
    whole = resample(frame, pd.Series(y, name="churn")).frame()
    assert whole.columns.tolist() == [0, 1, 2, 3, 4, "churn"]


def test_a_target_with_one_column_becomes_one_column_of_the_frame() -> None:
    assert resample(X, y.reshape(-1, 1)).frame().shape == (320, 6)
    assert resample(X, pd.DataFrame({"kind": y})).frame().columns[-1] == "kind"
    assert resample(pl.DataFrame(X), pd.Series(y, name="k")).frame().columns[-1] == "k"


@pytest.mark.parametrize(
    ("table", "labels", "words"),
    [
        (X, np.eye(2)[y], "y has 2 columns"),
        (pd.DataFrame(X, columns=[*"abcd", "target"]), y, "named 'target' already"),
        (X, pd.Series(y, name="x0"), "named 'x0' already"),
    ],
)
def test_a_frame_with_two_columns_of_one_name_raises(table, labels, words: str) -> None:
    with pytest.raises(InputError, match=words):
        resample(table, labels).frame()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"method": "smot"}, "no method 'smot'.*Did you mean 'smote'"),
        ({"method": None}, "no method None"),
        ({"k_neighbours": 3}, "no parameter 'k_neighbours'.*Did you mean 'k_neighbors'"),
        ({"method": "tomek-links", "k_neighbors": 3}, "tomek-links has no parameter"),
    ],
)
def test_unknown_names_raise_and_suggest_the_most_similar(
    arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(UnknownNameError, match=words):
        resample(X, y, **arguments)


def test_an_unknown_target_raises_and_suggests_the_most_similar() -> None:
    frame = pd.DataFrame(X, columns=list("abcde")).assign(churn=y)
    with pytest.raises(UnknownNameError, match="no column 'chrun'.*Did you mean 'churn'"):
        resample(frame, target="chrun")


@pytest.mark.parametrize("arguments", [{}, {"y": y, "target": "a"}])
def test_labels_must_be_passed_exactly_once(arguments: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="labels once"):
        resample(pd.DataFrame(X), **arguments)


def test_a_target_name_needs_named_columns() -> None:
    with pytest.raises(UnsupportedTypeError, match="ndarray does not have"):
        resample(X, target="churn")


def test_labels_passed_as_target_raise_and_point_to_y() -> None:
    with pytest.raises(UnsupportedTypeError, match="Pass an array of labels as y"):
        resample(pd.DataFrame(X), target=y)


def test_resampled_is_public_and_every_name_loads() -> None:
    assert isinstance(resample(X, y), Resampled)
    for name in [*poise.__all__, "__version__"]:
        assert getattr(poise, name) is not None
    assert set(poise.__all__) <= set(dir(poise))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        poise.nonsense  # noqa: B018


def loaded_by(code: str) -> set[str]:
    probe = f"{code}; import sys; print(*{{m.partition('.')[0] for m in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True, text=True)
    return set(run.stdout.split())


def test_importing_poise_loads_nothing_else() -> None:
    heavy = {"numpy", "scipy", "sklearn", "narwhals", "pandas", "polars", "pyarrow", "matplotlib"}
    assert not loaded_by("import poise") & heavy


def test_resampling_arrays_loads_no_frames_pictures_or_command_line() -> None:
    code = "import poise; poise.resample([[0.], [1.], [2.]], [0, 0, 1], method='random-over')"
    unwanted = {"pandas", "polars", "pyarrow", "matplotlib", "click", "rich", "jinja2", "imblearn"}
    by_itself = loaded_by("import sklearn.neighbors")  # scikit-learn looks for pandas
    assert not (loaded_by(code) - by_itself) & unwanted


def test_a_sampler_is_a_method_too_and_stays_as_it_is() -> None:
    sampler = poise.SMOTE(k_neighbors=3, random_state=4)
    result = resample(X, y, method=sampler)
    np.testing.assert_array_equal(result.X, clone(sampler).fit_resample(X, y)[0])
    assert not hasattr(sampler, "plan_")
    with pytest.raises(InputError, match="has its own parameters, so 'k_neighbors' cannot be set"):
        resample(X, y, method=sampler, k_neighbors=2)


def test_defaults_are_those_that_the_docstrings_state() -> None:
    stated = []
    for module in pkgutil.iter_modules(poise.__path__, "poise."):
        public = importlib.import_module(module.name)
        for name in getattr(public, "__all__", []):
            value = getattr(public, name)
            is_error = isinstance(value, type) and issubclass(value, Exception)
            is_code = inspect.isfunction(value) or inspect.isclass(
                value
            )  # or else a type to annotate with
            if is_error or not is_code or not value.__doc__:
                continue
            parameters = inspect.signature(value).parameters
            for names, default in DEFAULTS.findall(inspect.cleandoc(value.__doc__)):
                for parameter in names.split(", "):
                    if parameter in parameters:
                        found = repr(parameters[parameter].default).replace("'", '"')
                        stated.append((name, parameter, default.strip(), found))
    assert len(stated) > 240
    assert [each for each in stated if each[2] != each[3]] == []


def test_an_id_is_carried_and_must_identify_rows() -> None:
    table = pd.DataFrame(
        {"id": range(60), "a": np.random.RandomState(0).rand(60), "y": [0] * 48 + [1] * 12}
    )
    result = resample(table, target="y", id="id")
    assert (result.frame()["id"] < 0).tolist() == result.is_new.tolist()
    other = resample(table, target="y", id="id", carry_columns={"id": 1000})
    assert other.frame()["id"].iloc[60:].min() == 1000
    sampler = SMOTE(random_state=0)
    resample(table, target="y", method=sampler, id="id")
    assert sampler.carry_columns is None
    with pytest.raises(
        InputError, match="'id' identifies rows, and 1 of its values are in several rows: 5"
    ):
        resample(table.assign(id=[5, *range(1, 60)]), target="y", id="id")
    with pytest.raises(InputError, match="missing in 1 of them"):
        resample(table.assign(id=[None, *range(1, 60)]), target="y", id="id")
    with pytest.raises(InputError, match="gives new rows the ids of their seed rows"):
        resample(table, target="y", id="id", carry_columns=["id"])
    with pytest.raises(UnknownNameError, match="id names a column 'idd'.*Did you mean 'id'"):
        resample(table, target="y", id="idd")
