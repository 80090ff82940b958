"""Export of fitted classifiers: as estimators of scikit-learn and of one small file, without Poise."""

from __future__ import annotations

import importlib
import io
import pickle
import shutil
from copy import copy
from os import PathLike
from pathlib import Path
from typing import Any

import joblib
import sklearn.pipeline
from sklearn.utils.validation import check_is_fitted

import poise_inference
from poise.core.errors import FileError, MissingDependencyError, UnsupportedTypeError
from poise.core.files import written_aside
from poise.core.saved import PickledWithVersion

# Types that `skops.io.load` must be allowed to load, besides those of scikit-learn that it knows.
TRUSTED_TYPES = (
    "poise_inference.CorrectedClassifier",
    "poise_inference.cheapest",
    "poise_inference.in_columns",
    "poise_inference.of_event",
    "poise_inference.over_thresholds",
    "poise_inference.read_columns",
    "poise_inference.recalibrated",
    "poise_inference.take_columns",
    "poise_inference.times_factors",
    "functools.partial",
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils.validation.check_array",
)


class Exportable(PickledWithVersion):
    """Classifiers that can be exported once they are fitted, and whose pickles carry the version of Poise."""

    def to_inference(self, path: str | PathLike[str] | None = None) -> Any:
        """Return a fitted estimator with the same predictions that needs scikit-learn, but not Poise.

        It is made of scikit-learn's own estimators where they do the same, and else of those in
        ``poise_inference.py``, a file of at most 100 lines that needs only numpy and scikit-learn. It has `predict`,
        `predict_proba` and `classes_`, and shares the fitted parts.

        Parameters
        ----------
        path : path, optional
            Also write the estimator to this file, by joblib (``.joblib``) or skops (``.skops``), and
            ``poise_inference.py`` beside it.

        Returns
        -------
        classifier

        Raises
        ------
        UnsupportedTypeError
            If a part of it exists only in Poise, such as a classifier of Poise inside a stack of scikit-learn.
        FileError
            If the file cannot be written, or has another ending.
        """
        check_is_fitted(self)
        found = self._inference()
        check_without_poise(found, self)
        if path is not None:
            write_exported(found, Path(path))
        return found

    def _inference(self) -> Any:
        """Return the estimator; see `to_inference`."""
        raise NotImplementedError  # pragma: no cover


def exported(model: Any) -> Any:
    """Return a fitted estimator with every classifier of Poise in it replaced by one without Poise.

    It looks into pipelines, searches, calibrated classifiers, and what has `estimator_` or `estimators_`.
    """
    if hasattr(model, "_inference"):
        return model._inference()  # noqa: SLF001  # the protocol of Exportable
    if hasattr(model, "best_estimator_"):
        return exported(model.best_estimator_)
    if isinstance(model, sklearn.pipeline.Pipeline):
        plain = model.to_inference() if hasattr(model, "to_inference") else model
        return sklearn.pipeline.Pipeline([(name, exported(step)) for name, step in plain.steps])
    if not _types_of_poise(model):
        return model
    found = copy(model)
    if hasattr(model, "calibrated_classifiers_"):
        found.calibrated_classifiers_ = [_exported_inside(c) for c in model.calibrated_classifiers_]
        found.estimator = found.calibrated_classifiers_[0].estimator
        return found
    if hasattr(model, "estimator_"):
        found.estimator_ = exported(model.estimator_)
        found.estimator = found.estimator_
    if isinstance(getattr(model, "estimators_", None), list):
        found.estimators_ = [exported(one) for one in model.estimators_]
    return found


def _exported_inside(model: Any) -> Any:
    found = copy(model)
    found.estimator = exported(model.estimator)
    return found


class _Types(pickle.Pickler):
    """Finds the classes and functions of Poise that a pickle would name."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), protocol=5, buffer_callback=lambda _: None)
        self.found: dict[str, None] = {}

    def persistent_id(self, obj: Any) -> None:
        module = str(getattr(obj, "__module__", ""))
        if module.partition(".")[0] == "poise":
            named = obj if hasattr(obj, "__qualname__") else type(obj)
            self.found.setdefault(f"{module.partition('._')[0]}.{named.__qualname__}")


def _types_of_poise(model: Any) -> list[str]:
    """Return the names of the classes of Poise in a model."""
    types = _Types()
    types.dump(model)
    return list(types.found)


def check_without_poise(model: Any, of: object) -> None:
    """Raise UnsupportedTypeError if an exported model still holds a class of Poise; `of` is what was exported."""
    left = _types_of_poise(model)
    if left:
        raise UnsupportedTypeError(
            f"{type(of).__name__} cannot be exported, because {left[0]} stands inside an estimator that Poise does not look into. "
            "Put it outermost or into a pipeline, or pickle the classifier and keep Poise installed."
        )


def write_exported(model: Any, path: Path) -> None:
    """Write an exported estimator, and the file that it needs beside it."""
    if path.suffix not in (".joblib", ".skops"):
        raise FileError(
            f"{path.name!r} must end in .joblib or .skops, which say how the model is written."
        )
    with written_aside(path) as aside:
        if path.suffix == ".joblib":
            joblib.dump(model, aside)
        else:
            dump_skops(model, aside)
    write_module(path.parent)


def dump_skops(content: Any, path: Path) -> None:
    """Write a skops file, or raise UnsupportedTypeError if it would hold types that are not in `TRUSTED_TYPES`."""
    skops = skops_io()
    skops.dump(content, path)
    unknown = sorted(set(skops.get_untrusted_types(file=path)) - set(TRUSTED_TYPES))
    if unknown:
        raise UnsupportedTypeError(
            f"The model holds {', '.join(unknown)}, which a skops file is not trusted with. Write a file that ends in .joblib instead, or write it "
            "yourself: skops.io.dump(model.to_inference(), path)."
        )


def write_module(folder: Path) -> None:
    """Write ``poise_inference.py`` into a folder."""
    with written_aside(folder / "poise_inference.py") as aside:
        shutil.copyfile(poise_inference.__file__, aside)


def read_skops(path: Path) -> Any:
    """Return what a skops file holds, or raise FileError if it is not one, or holds types that are not in `TRUSTED_TYPES`."""
    skops = skops_io()
    try:
        unknown = sorted(set(skops.get_untrusted_types(file=path)) - set(TRUSTED_TYPES))
        if not unknown:
            return skops.load(path, trusted=list(TRUSTED_TYPES))
    except Exception as error:  # skops raises whatever a damaged file leads to
        raise FileError(
            f"{str(path)!r} cannot be read as a skops file: {error}. Is it complete, and really one?"
        ) from error
    raise FileError(
        f"{path.name!r} holds {', '.join(unknown)}, which Poise does not trust. If you do, load it yourself: skops.io.load(path, "
        "trusted=[...])."
    )


def skops_io() -> Any:
    """Return the module ``skops.io``, or raise if it is not installed."""
    try:
        return importlib.import_module("skops.io")
    except ImportError as error:
        raise MissingDependencyError(
            "Files that end in .skops need skops. Install it with: pip install skops. Or use a file that ends in .joblib."
        ) from error
