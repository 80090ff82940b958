"""Export of fitted models: as estimators without Poise, as joblib and skops files, and as ONNX.

`to_inference` takes Poise out of a model, `load_model` reads the files that it writes, `to_onnx` converts it, and
`check_onnx` counts where the converted model decides otherwise.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from copy import copy
from functools import reduce
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

import poise_inference
from poise.core.errors import InputError, MissingDependencyError, UnsupportedTypeError
from poise.core.exporting import TRUSTED_TYPES, check_without_poise, exported, read_skops
from poise.core.exporting import write_exported as _write
from poise.core.tables.convert import as_numbers
from poise_inference import CorrectedClassifier

__all__ = ["TRUSTED_TYPES", "OnnxCheck", "check_onnx", "load_model", "to_inference", "to_onnx"]

_OPSET, _ML_OPSET = 18, 3  # of ONNX, and of its classifiers with splits in float64
_FLOAT, _WHOLE, _TEXT, _TRUTH, _DOUBLE = 1, 7, 8, 9, 11  # types of ONNX tensors
_TYPE_OF_LABELS = {"i": _WHOLE, "u": _WHOLE, "f": _DOUBLE, "b": _TRUTH}
_CLOSE = 1e-5  # of probabilities
_MOST_CHECKED, _OTHERWISE = (
    5000,
    0.01,
)  # rows that a conversion is checked on; share that may differ
_NOT_CONVERTED = "skl2onnx converts {} to another model"
_ROWS_AT_ONCE = 1000  # k-NN in ONNX has their distances to all training rows in memory


def to_inference(model: Any, path: str | PathLike[str] | None = None) -> Any:
    """Return a fitted estimator with the same predictions that needs scikit-learn, but not Poise.

    As the method of that name, for what stands around a classifier of Poise too: pipelines, searches, and calibrated
    classifiers.

    Parameters
    ----------
    model : estimator
        Fitted.
    path : path, optional
        Also write it to this file, by joblib (``.joblib``) or skops (``.skops``), and ``poise_inference.py``, which it
        then needs, beside it.

    Returns
    -------
    estimator

    Raises
    ------
    UnsupportedTypeError
        If a part of the model exists only in Poise.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise import SMOTE, make_pipeline
    >>> from poise.export import to_inference
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> to_inference(make_pipeline(SMOTE(), LogisticRegression()).fit(X, y))
    Pipeline(steps=[('logisticregression', LogisticRegression())])
    """
    found = exported(model)
    check_without_poise(found, model)
    if path is not None:
        _write(found, Path(path))
    return found


def load_model(path: str | PathLike[str]) -> Any:
    """Return a model from a file of `to_inference`.

    A ``.skops`` file is loaded without running code of its own: it may hold `TRUSTED_TYPES`, and what skops knows of
    scikit-learn. A ``.joblib`` file is a pickle, so load only what you wrote yourself.

    Parameters
    ----------
    path : path
        A file that ends in ``.skops`` or ``.joblib``.

    Returns
    -------
    estimator

    Raises
    ------
    FileError
        If the file cannot be read, or holds other types.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise import SMOTE, make_pipeline
    >>> from poise.export import load_model, to_inference
    >>> X, y = [[0.0], [1.0], [2.0], [5.0], [6.0]], [0, 0, 0, 1, 1]
    >>> model = make_pipeline(SMOTE(k_neighbors=1), LogisticRegression()).fit(X, y)
    >>> with tempfile.TemporaryDirectory() as work:
    ...     plain = to_inference(model, Path(work) / "model.joblib")
    ...     loaded = load_model(Path(work) / "model.joblib")
    >>> loaded.predict([[0.5], [5.5]]).tolist()
    [0, 1]
    """
    path = Path(path)
    if path.suffix == ".joblib":
        return joblib.load(path)
    return read_skops(path)


def to_onnx(model: Any, X: Any) -> Any:
    """Convert a fitted classifier to ONNX.

    The ONNX model has one input, ``X``, a float32 matrix with the columns of the table, and two outputs: ``label`` and
    ``probabilities``. Labels follow the threshold or the costs of the model. Classifiers of scikit-learn are converted by
    skl2onnx; what surrounds them, such as prior correction and thresholds, is converted here.

    Parameters
    ----------
    model : classifier
        Fitted; of Poise, or made of scikit-learn.
    X : array-like or frame of shape (n_rows, n_columns)
        Some rows of numbers as the model was fitted on, for the names and the number of their columns, and whether they can have
        missing values.

    Returns
    -------
    onnx.ModelProto
        ``SerializeToString()`` gives the bytes of a file.

    Raises
    ------
    MissingDependencyError
        If skl2onnx is not installed.
    UnsupportedTypeError
        If the table holds other columns than numbers, a part of the model cannot be converted, or the converted model gives
        other probabilities for one in a hundred of the first rows of X.

    Notes
    -----
    Rows are computed on in float64, as scikit-learn does, but for classifiers that ONNX has in float32 only, such as trees,
    so that probabilities differ from those here by rounding: see `check_onnx`.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxruntime
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.decisions import CostThreshold, ThresholdClassifier
    >>> from poise.export import to_onnx
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0], [2.5], [6.0]]), [0, 0, 0, 0, 1, 1]
    >>> model = ThresholdClassifier(CostThreshold((1, 9)), LogisticRegression(), cv=2).fit(X, y)
    >>> file = to_onnx(model, X).SerializeToString()
    >>> session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    >>> label, proba = session.run(None, {"X": X.astype(np.float32)})
    >>> label.tolist(), model.predict(X).tolist()
    ([0, 1, 1, 1, 1, 1], [0, 1, 1, 1, 1, 1])
    """
    graph, plain, names = _Graph(), to_inference(model), _names_of(X)
    may_miss = bool(np.isnan(np.asarray(as_numbers(X), dtype=np.float64)).any())
    proba = _probabilities(
        graph, plain, _Rows(graph.add("Cast", ["X"], to=_DOUBLE), names, may_miss)
    )
    _label(graph, plain, proba)
    graph.add("Cast", [proba], to=_FLOAT, output="probabilities")
    made = graph.model(len(names), plain.classes_)
    _check_agrees(made, model, X)
    return made


class OnnxCheck(NamedTuple):
    """How a converted model agrees with its original on rows in float32.

    Attributes
    ----------
    n_rows : int
    n_probabilities : int
        Rows whose probabilities differ by more than 1e-5.
    n_decisions : int
        Rows that are decided otherwise.
    n_decisions_far : int
        Those of them with a probability that is not within 1e-5 of the threshold.
    largest_difference : float
        Of a probability.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.export import check_onnx, to_onnx
    >>> X, y = [[0.0], [1.0], [2.0], [5.0], [6.0]], [0, 0, 0, 1, 1]
    >>> model = LogisticRegression().fit(X, y)
    >>> found = check_onnx(to_onnx(model, X), model, X)
    >>> found.n_rows, found.n_decisions
    (5, 0)
    """

    n_rows: int
    n_probabilities: int
    n_decisions: int
    n_decisions_far: int
    largest_difference: float

    def __str__(self) -> str:
        return (
            f"{self.n_rows:,} rows: {self.n_probabilities:,} with a probability that differs by more than {_CLOSE:g} (at most "
            f"{self.largest_difference:.1e}); {self.n_decisions:,} decided otherwise, {self.n_decisions_far:,} of them not within "
            f"{_CLOSE:g} of the threshold"
        )


def check_onnx(onnx_model: Any, model: Any, X: Any) -> OnnxCheck:
    """Compare a converted model with its original, on rows that are rounded to float32 first.

    Parameters
    ----------
    onnx_model : onnx.ModelProto
        From `to_onnx`.
    model : classifier
    X : array-like or frame of shape (n_rows, n_columns)

    Returns
    -------
    OnnxCheck

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise import SMOTE
    >>> from poise.decisions import ResampledClassifier
    >>> from poise.export import check_onnx, to_onnx
    >>> X, y = make_classification(200, weights=[0.8], random_state=0)
    >>> model = ResampledClassifier(SMOTE(random_state=0), LogisticRegression()).fit(X, y)
    >>> check_onnx(to_onnx(model, X), model, X).n_probabilities
    0
    """
    return _compared(onnx_model, model, X, None)


def _check_agrees(onnx_model: Any, model: Any, X: Any) -> None:
    """Raise UnsupportedTypeError where skl2onnx made another model of a classifier, which it does of some without a word."""
    try:
        found = _compared(onnx_model, model, X, _MOST_CHECKED)
    except MissingDependencyError:
        raise
    except Exception as error:
        raise UnsupportedTypeError(f"{_NOT_CONVERTED.format(model)}: {error}") from error
    if found.n_probabilities > _OTHERWISE * found.n_rows:
        raise UnsupportedTypeError(
            f"{_NOT_CONVERTED.format(model)}. Of {found}. Use another classifier, or export the model with to_inference()."
        )


def _compared(onnx_model: Any, model: Any, X: Any, limit: int | None) -> OnnxCheck:
    runtime = _package("onnxruntime")
    rows = np.asarray(as_numbers(X), dtype=np.float32)[:limit]
    session = runtime.InferenceSession(
        onnx_model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    parts = [
        session.run(["label", "probabilities"], {"X": rows[start : start + _ROWS_AT_ONCE]})
        for start in range(0, max(len(rows), 1), _ROWS_AT_ONCE)
    ]
    label, proba = (np.concatenate(part) for part in zip(*parts, strict=True))
    given = rows.astype(np.float64)
    if hasattr(X, "columns"):
        given = type(X)({name: given[:, place] for place, name in enumerate(_names_of(X))})
    expected = np.asarray(model.predict_proba(given))
    difference = np.abs(proba - expected).max(axis=1)
    is_other = np.asarray(label) != np.asarray(model.predict(given))
    is_far = is_other & ~_is_near(to_inference(model), expected)
    return OnnxCheck(
        len(rows),
        int((difference > _CLOSE).sum()),
        int(is_other.sum()),
        int(is_far.sum()),
        float(difference.max(initial=0)),
    )


def _is_near(plain: Any, proba: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell of each row whether its decision changes if its probabilities move by 1e-5."""
    if isinstance(plain, FixedThresholdClassifier):
        event = plain.classes_.tolist().index(plain.pos_label)
        return np.asarray(np.abs(proba[:, event] - plain.threshold) <= _CLOSE)
    decide, *given = getattr(plain, "decide", None) or (np.argmax, 1)
    own = decide(proba, *given)
    moved = []
    for place in range(proba.shape[1]):
        for by in (-_CLOSE, _CLOSE):
            other = proba.copy()
            other[:, place] += by
            moved.append(decide(other, *given) != own)
    return np.any(moved, axis=0)


# Conversion to ONNX


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingDependencyError(
            f'ONNX needs {name}. Install it with: pip install "poise[onnx]"'
        ) from error


def _names_of(X: Any) -> list[Any]:
    """Return the names of the columns of a frame, or the positions of those of an array."""
    numbers = np.asarray(as_numbers(X))
    if numbers.ndim != 2:
        raise InputError(f"X has {numbers.ndim} dimensions; pass a table of rows and columns.")
    names = getattr(X, "columns", None) if not hasattr(X, "column_names") else X.column_names
    return list(range(numbers.shape[1])) if names is None else list(names)


class _Graph:
    """An ONNX graph that is being built."""

    def __init__(self) -> None:
        self._onnx, self._skl2onnx = _package("onnx"), _package("skl2onnx")
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._opsets: dict[str, int] = {"": _OPSET}

    def _new(self) -> str:
        return f"v{len(self._nodes) + len(self._constants)}"

    def constant(self, values: Any) -> str:
        """Add a constant and return its name."""
        values = np.asarray(values)
        name = self._new()
        if values.dtype.kind in "UO":
            flat = [str(value).encode() for value in values.ravel().tolist()]
            tensor = self._onnx.helper.make_tensor(name, _TEXT, values.shape, flat)
        else:
            tensor = self._onnx.numpy_helper.from_array(values, name)
        self._constants.append(tensor)
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str | None = None, **given: Any) -> str:
        """Add a node and return the name of its output."""
        name = self._new() if output is None else output
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), [name], **given))
        return name

    def converted(self, model: Any, rows: str, n_columns: int) -> str:
        """Add a fitted estimator that skl2onnx converts; return its last output: probabilities, or what it transforms to.

        Both are float64.
        """
        whole, kind = self._converted(model, n_columns)
        for one in whole.opset_import:
            self._opsets.setdefault(one.domain, one.version)
        if kind == _DOUBLE:
            self._split_exactly(whole.graph, model)
        prefix = f"{self._new()}_"
        part = self._onnx.compose.add_prefix(whole, prefix).graph
        self.add("Cast", [rows], to=kind, output=part.input[0].name)
        self._nodes += part.node
        self._constants += part.initializer
        return self.add("Cast", [part.output[-1].name], to=_DOUBLE)

    def _converted(self, model: Any, n_columns: int) -> tuple[Any, int]:
        """Return what skl2onnx makes of an estimator, and the type of its input: float64 where that is possible.

        Trees of scikit-learn round rows to float32 themselves; some other classifiers have no graph in float64.
        """
        types = self._skl2onnx.common.data_types
        if not _has_trees(model):
            try:
                whole = self._from_skl2onnx(model, types.DoubleTensorType([None, n_columns]))
                self._check_types(whole)
            except Exception:  # noqa: BLE001, S110  # packages raise any; what fails in float32 too is raised below
                pass
            else:
                return whole, _DOUBLE
        try:
            return self._from_skl2onnx(model, types.FloatTensorType([None, n_columns])), _FLOAT
        except Exception as error:
            raise UnsupportedTypeError(
                f"{type(model).__name__} cannot be converted by skl2onnx {self._skl2onnx.__version__}: {error}"
            ) from error

    def _from_skl2onnx(self, model: Any, rows: Any) -> Any:
        options = {id(model): {"zipmap": False}} if hasattr(model, "predict_proba") else None
        return self._skl2onnx.to_onnx(
            model, initial_types=[("X", rows)], options=options, target_opset=_OPSET
        )

    def _split_exactly(self, graph: Any, model: Any) -> None:
        """Put the splits of histogram boosting in float64 into a graph, which has them rounded to float32."""
        helper, from_array = self._onnx.helper, self._onnx.numpy_helper.from_array
        splits = [_splits_of(one) for one in _boosting_in(model)]
        for node in graph.node:
            known = {one.name: one for one in node.attribute}
            if node.op_type != "TreeEnsembleClassifier":
                continue
            rounded = np.array(known["nodes_values"].floats, np.float32)
            exact = [one for one in splits if np.array_equal(one.astype(np.float32), rounded)]
            if not exact:
                continue
            values = {"nodes_values": exact[0]}
            for name in ("base_values", "class_weights", "nodes_hitrates"):
                if name in known:
                    values[name] = np.array(known[name].floats, np.float64)
            kept = [one for one in node.attribute if one.name not in values]
            del node.attribute[:]
            node.attribute.extend(kept)
            node.attribute.extend(
                helper.make_attribute(f"{name}_as_tensor", from_array(one))
                for name, one in values.items()
            )
            self._opsets[node.domain] = _ML_OPSET

    def _check_types(self, whole: Any) -> None:
        """Raise where the nodes of a model do not take what others give; what it says of its output does not matter."""
        graph = type(whole)()
        graph.CopyFrom(whole)
        del graph.graph.value_info[:]
        for output in graph.graph.output:
            output.type.Clear()
        self._onnx.shape_inference.infer_shapes(graph, check_type=True, strict_mode=True)

    def model(self, n_columns: int, classes: NDArray[Any]) -> Any:
        """Return the finished model."""
        helper, of_labels = self._onnx.helper, _TYPE_OF_LABELS.get(classes.dtype.kind, _TEXT)
        info = helper.make_tensor_value_info
        graph = helper.make_graph(
            self._nodes,
            "poise",
            [info("X", _FLOAT, [None, n_columns])],
            [info("label", of_labels, [None]), info("probabilities", _FLOAT, [None, len(classes)])],
            self._constants,
        )
        opsets = [helper.make_opsetid(domain, version) for domain, version in self._opsets.items()]
        made = helper.make_model(graph, opset_imports=opsets, producer_name="poise", ir_version=9)
        self._onnx.checker.check_model(made)
        return made


class _Rows(NamedTuple):
    """Rows in a graph.

    Attributes
    ----------
    name : str
        Of the tensor, of shape (n_rows, n_columns).
    columns : list
        Names, or positions, of its columns.
    may_miss : bool
        Whether there can be missing values.
    """

    name: str
    columns: list[Any]
    may_miss: bool = False

    def taken(self, graph: _Graph, columns: Sequence[Any]) -> _Rows:
        """Return some columns, by name or position."""
        places = [self.columns.index(c) if isinstance(c, str) else int(c) for c in columns]
        return _Rows(_taken(graph, self.name, places), list(columns), self.may_miss)


def _numbered(name: str, n_columns: int, may_miss: bool = False) -> _Rows:  # noqa: FBT001, FBT002  # private
    return _Rows(name, list(range(n_columns)), may_miss)


def _taken(graph: _Graph, name: str, places: Sequence[int]) -> str:
    return graph.add("Gather", [name, graph.constant(np.array(places, np.int64))], axis=1)


def _probabilities(graph: _Graph, model: Any, rows: _Rows) -> str:
    """Add a classifier to a graph, and return the name of its probabilities, as float64."""
    if isinstance(model, FixedThresholdClassifier):
        return _probabilities(graph, model.estimator_, rows)
    if isinstance(model, CorrectedClassifier):
        proba = _probabilities(graph, model.estimator, rows)
        for correct, *given in model.corrections:
            proba = _CORRECTIONS[correct](graph, proba, *given)
        return proba
    if isinstance(model, Pipeline):
        for _, step in model.steps[:-1]:
            rows = _transformed(graph, step, rows)
        return _probabilities(graph, model.steps[-1][1], rows)
    if not hasattr(model, "predict_proba"):
        raise UnsupportedTypeError(f"{type(model).__name__} has no probabilities to convert.")
    if isinstance(model, VotingClassifier):
        members = [_probabilities(graph, one, rows) for one in model.estimators_]
        weights = (
            np.ones(len(members)) if model.weights is None else np.asarray(model.weights, float)
        )
        parts = [
            graph.add("Mul", [one, graph.constant(np.float64(weight / weights.sum()))])
            for one, weight in zip(members, weights, strict=True)
        ]
        return reduce(lambda left, right: graph.add("Add", [left, right]), parts)
    if rows.may_miss:
        _check_missing_values(model)
    model = _with_whole_labels(model)
    return graph.converted(model, rows.name, len(rows.columns))


def _check_missing_values(model: Any) -> None:
    """Raise UnsupportedTypeError for trees that take missing values, which skl2onnx sends to other branches."""
    if _has_trees(model):
        raise UnsupportedTypeError(
            f"X has missing values, and skl2onnx sends them to other branches of the trees of {type(model).__name__}. Fill them in a pipeline, such "
            "as with SimpleImputer, or use HistGradientBoostingClassifier; to_inference() exports the model as it is."
        )


def _has_trees(model: Any) -> bool:
    """Tell whether a model is, or consists of, trees of scikit-learn; those of histogram boosting are others."""
    return any(hasattr(one, "tree_") for one in np.ravel(getattr(model, "estimators_", [model])))


def _boosting_in(model: Any) -> list[Any]:
    """Return the histogram boosting in a classifier that skl2onnx converts as a whole."""
    if isinstance(model, HistGradientBoostingClassifier):
        return [model]
    parts = [*getattr(model, "estimators_", ()), *getattr(model, "calibrated_classifiers_", ())]
    return [found for part in parts for found in _boosting_in(getattr(part, "estimator", part))]


def _splits_of(model: HistGradientBoostingClassifier) -> NDArray[np.float64]:
    """Return the value that each node of histogram boosting splits at, 0 for leaves, in the order of skl2onnx."""
    # No public name gives them, and float32 sends rows that lie on a split to the other side; skl2onnx reads them here too.
    trees = [tree.nodes for one in model._predictors for tree in one]  # noqa: SLF001  # as stated
    parts = [np.where(nodes["is_leaf"], 0.0, nodes["num_threshold"]) for nodes in trees]
    return np.concatenate(parts)


def _with_whole_labels(model: Any) -> Any:
    """Return a classifier whose labels are 0, 1, ..., which skl2onnx knows; only its probabilities are used."""
    if getattr(model, "classes_", np.empty(0)).dtype.kind not in "bf":
        return model
    found = copy(model)
    found.classes_ = np.arange(len(model.classes_))
    if isinstance(getattr(model, "estimators_", None), list):
        found.estimators_ = [_with_whole_labels(one) for one in model.estimators_]
    return found


def _transformed(graph: _Graph, step: Any, rows: _Rows) -> _Rows:
    """Add a transformer to a graph, and return its output."""
    if isinstance(step, Pipeline):
        return reduce(lambda so_far, one: _transformed(graph, one[1], so_far), step.steps, rows)
    if isinstance(step, FunctionTransformer) and step.func in _READING:
        return _READING[step.func](graph, rows, **step.kw_args)
    if isinstance(step, ColumnTransformer):
        parts = [
            part if one == "passthrough" else _transformed(graph, one, part)
            for _, one, columns in step.transformers_
            if one != "drop"
            for part in [rows.taken(graph, columns)]
        ]
        name = graph.add("Concat", [part.name for part in parts], axis=1)
        may_miss = any(part.may_miss for part in parts)
        return _numbered(name, sum(len(part.columns) for part in parts), may_miss)
    if isinstance(step, SimpleImputer):
        return _imputed(graph, step, rows)
    n_columns = len(rows.columns)
    has_names = hasattr(step, "get_feature_names_out")
    n_out = len(step.get_feature_names_out()) if has_names else n_columns
    return _numbered(graph.converted(step, rows.name, n_columns), n_out, rows.may_miss)


def _imputed(graph: _Graph, step: SimpleImputer, rows: _Rows) -> _Rows:
    """Add an imputer, and the columns that say where a value was missing, which skl2onnx leaves out."""
    is_missing = graph.add("IsNaN", [rows.name])
    filled = np.asarray(step.statistics_, dtype=np.float64)
    kept = np.flatnonzero(~np.isnan(filled)).tolist()
    found = graph.add("Where", [is_missing, graph.constant(np.nan_to_num(filled)), rows.name])
    parts = [found if len(kept) == len(filled) else _taken(graph, found, kept)]
    indicator = getattr(step, "indicator_", None)
    shown = [] if indicator is None else indicator.features_.tolist()
    if shown:
        parts.append(graph.add("Cast", [_taken(graph, is_missing, shown)], to=_DOUBLE))
    return _numbered(graph.add("Concat", parts, axis=1), len(kept) + len(shown))


def _read_columns(graph: _Graph, rows: _Rows, columns: Sequence[Any]) -> _Rows:
    """Add `poise_inference.read_columns` of columns of numbers."""
    other = [name for name, first, categories in columns if (first, categories) != (None, None)]
    if other:
        raise UnsupportedTypeError(
            f"Column {other[0]!r} holds dates or categories, and an ONNX model here has one matrix of numbers as its input. Encode such "
            "columns as numbers first, or export the model with to_inference()."
        )
    found = rows.taken(graph, [0 if name is None else name for name, _, _ in columns]).name
    is_zero = np.array([name is None for name, _, _ in columns])
    if is_zero.any():
        found = graph.add("Where", [graph.constant(is_zero), graph.constant(np.float64(0)), found])
    return _numbered(found, len(columns), rows.may_miss)


_READING: dict[Any, Callable[..., _Rows]] = {
    poise_inference.read_columns: _read_columns,
    poise_inference.take_columns: lambda graph, rows, columns: rows.taken(graph, columns),
}


def _times_factors(graph: _Graph, proba: str, factors: Any) -> str:
    found = graph.add("Mul", [proba, graph.constant(np.asarray(factors, np.float64))])
    return _normalized(graph, found)


def _normalized(graph: _Graph, proba: str) -> str:
    axes = graph.constant(np.array([1], np.int64))
    return graph.add("Div", [proba, graph.add("ReduceSum", [proba, axes])])


def _of_event(graph: _Graph, proba: str, event: int) -> str:
    return _both(graph, _taken(graph, proba, [event]), event)


def _both(graph: _Graph, found: str, event: int) -> str:
    rest = graph.add("Sub", [graph.constant(np.array([[1.0]])), found])
    return graph.add("Concat", [rest, found] if event else [found, rest], axis=1)


def _in_columns(graph: _Graph, proba: str, columns: Any, n_classes: int) -> str:
    placed = np.zeros((len(columns), n_classes))
    placed[np.arange(len(columns)), columns] = 1.0
    return graph.add("MatMul", [proba, graph.constant(placed)])


def _recalibrated(graph: _Graph, proba: str, calibrators: Any, events: Sequence[int]) -> str:
    parts = []
    for one, event in zip(calibrators, events, strict=True):
        own = _taken(graph, proba, [event])
        add = _interpolated if isinstance(one, IsotonicRegression) else _logistic
        parts.append(add(graph, own, one))
    if len(parts) == 1:
        return _both(graph, parts[0], events[0])
    found = graph.add("Concat", parts, axis=1)
    total = graph.add("ReduceSum", [found, graph.constant(np.array([1], np.int64))])
    is_none = graph.add("Equal", [total, graph.constant(np.float64(0))])
    some = graph.add("Where", [is_none, graph.constant(np.ones((1, len(parts)))), found])
    return _normalized(graph, some)


def _logistic(graph: _Graph, proba: str, one: Any) -> str:
    least = np.finfo(np.float64).eps
    p = graph.add("Clip", [proba, graph.constant(least), graph.constant(1 - least)])
    rest = graph.add("Sub", [graph.constant(np.float64(1)), p])
    odds = graph.add("Log", [graph.add("Div", [p, rest])])
    slope, start = one.coef_.reshape(1, 1), one.intercept_.reshape(1, 1)
    line = graph.add(
        "Add", [graph.add("Mul", [odds, graph.constant(slope)]), graph.constant(start)]
    )
    return graph.add("Sigmoid", [line])


def _interpolated(graph: _Graph, proba: str, one: IsotonicRegression) -> str:
    """Add an isotonic regression: the number of thresholds up to a value says which line it is on."""
    x, y = (np.asarray(values, np.float64) for values in (one.X_thresholds_, one.y_thresholds_))
    if len(x) == 1:
        x, y = np.append(x, x + 1), np.append(y, y)
    p = graph.add("Clip", [proba, graph.constant(x[0]), graph.constant(x[-1])])
    is_from = graph.add("GreaterOrEqual", [p, graph.constant(x[None, 1:-1])])
    axes = graph.constant(np.array([1], np.int64))
    line = graph.add("ReduceSum", [graph.add("Cast", [is_from], to=_WHOLE), axes], keepdims=1)
    slopes = np.diff(y) / np.diff(x)
    start, first, slope = (
        graph.add("Gather", [graph.constant(values), line]) for values in (y[:-1], x[:-1], slopes)
    )
    beyond = graph.add("Sub", [p, first])
    return graph.add("Add", [start, graph.add("Mul", [beyond, slope])])


_CORRECTIONS: dict[Any, Callable[..., str]] = {
    poise_inference.times_factors: _times_factors,
    poise_inference.of_event: _of_event,
    poise_inference.in_columns: _in_columns,
    poise_inference.recalibrated: _recalibrated,
}


def _label(graph: _Graph, model: Any, proba: str) -> None:
    """Add the decision for each row, by the rule of a model, as the output "label"."""
    labels = np.asarray(model.classes_)
    kind = {"i": np.int64, "u": np.int64, "f": np.float64}.get(labels.dtype.kind)
    classes = graph.constant(labels if kind is None else labels.astype(kind))
    if isinstance(model, FixedThresholdClassifier):
        event = model.classes_.tolist().index(model.pos_label)
        own = _taken(graph, proba, [event])
        is_event = graph.add("GreaterOrEqual", [own, graph.constant(np.float64(model.threshold))])
        places = graph.constant(np.array([1 - event, event], np.int64))
        place = graph.add("Gather", [places, graph.add("Cast", [is_event], to=_WHOLE)])
        flat = graph.add("Reshape", [place, graph.constant(np.array([-1], np.int64))])
        graph.add("Gather", [classes, flat], output="label")
        return
    decide, *given = getattr(model, "decide", None) or (np.argmax, 1)
    values, last = proba, 0
    if decide is poise_inference.cheapest:
        costs = graph.add("MatMul", [proba, graph.constant(np.asarray(given[0], np.float64))])
        values, last = graph.add("Neg", [costs]), 1
    elif decide is poise_inference.over_thresholds:
        values = graph.add("Div", [proba, graph.constant(np.asarray(given[0], np.float64))])
    place = graph.add("ArgMax", [values], axis=1, keepdims=0, select_last_index=last)
    graph.add("Gather", [classes, place], output="label")
