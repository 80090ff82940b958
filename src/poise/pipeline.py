"""Pipelines with samplers, which resample only in `fit`.

`Pipeline` is the pipeline of scikit-learn, with samplers allowed among its steps. `fit` fits all
steps in turn. All other methods (`predict`, `transform`, `score`, ...) call `to_inference()`, a
plain scikit-learn pipeline of the fitted steps without the samplers, and therefore cannot resample.
"""

from __future__ import annotations

import functools
import inspect
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, Never, NoReturn, Self

import numpy as np
import sklearn.pipeline
from sklearn import get_config
from sklearn.exceptions import NotFittedError
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted, check_memory, has_fit_parameter

from poise.core.errors import InputError, UnsupportedTypeError, nearest_name
from poise.core.plan.plan import Plan
from poise.core.sampling.available import available_if
from poise.core.sampling.checks import check_private_methods, check_takes_resampled_rows
from poise.core.sampling.constructors import names_parameters
from poise.core.sampling.parameters import (
    BOOLEAN,
    check_allowed,
    checked,
    having,
    instance_of,
    one_of,
)
from poise.core.sampling.seeds import fresh
from poise.core.saved import PickledWithVersion
from poise.core.tables.aligned import align, check_not_masked
from poise.core.tables.read import check_same_length, length
from poise.core.types import Cache

__all__ = ["Pipeline", "is_sampler", "make_pipeline"]

_AFTER_FIT = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
    "inverse_transform",
    "score",
)
# Fit parameters with one entry per row: of scikit-learn and Poise, XGBoost, LightGBM and CatBoost.
_OF_ROWS = (
    "sample_weight",
    "groups",
    "time",
    "embedding",
    "base_margin",
    "init_score",
    "baseline",
    "group_id",
)
_ALLOWED = {
    "transform_input": instance_of(list, "a list of names") | one_of(None),
    "memory": instance_of(str, "the path of a folder") | one_of(None) | having("cache"),
    "verbose": BOOLEAN,
}
# Fit parameters that hold rows of their own, or describe columns: of scikit-learn, XGBoost and LightGBM.
_NOT_OF_ROWS = (
    "eval_set",
    "X_val",
    "y_val",
    "sample_weight_val",
    "sample_weight_eval_set",
    "base_margin_eval_set",
    "eval_sample_weight",
    "eval_init_score",
    "feature_name",
    "feature_names",
    "feature_weights",
)
_METHODS = ("fit", "fit_transform", "fit_predict", "fit_resample", "transform")


def is_sampler(step: Any) -> bool:
    """Return whether a step is a sampler: it has `fit_resample`, whichever package it is of.

    Examples
    --------
    >>> from poise.under_sampling import TomekLinks
    >>> is_sampler(TomekLinks())
    True
    """
    return hasattr(step, "fit_resample")


def _resamples(step: Any) -> bool:
    if isinstance(step, Pipeline):
        return any(_resamples(inner) for _, inner in step.steps)
    return is_sampler(step)


def _is_idle(step: Any) -> bool:
    return step is None or (isinstance(step, str) and step == "passthrough")


def _last_has(method: str) -> Callable[[Pipeline], bool]:
    def check(pipeline: Pipeline) -> bool:
        getattr(pipeline.steps[-1][1], method)  # raises an AttributeError that names the step
        return True

    return check


def _can_invert(pipeline: Pipeline) -> bool:
    for _, step in pipeline.steps:
        if not (_is_idle(step) or is_sampler(step)):
            step.inverse_transform  # noqa: B018  # raises an AttributeError that names the step
    return _ends_without_predictor(pipeline)


def _ends_without_predictor(pipeline: Pipeline) -> bool:
    last = pipeline.steps[-1][1]
    return _is_idle(last) or is_sampler(last) or hasattr(last, "transform")


@names_parameters
class Pipeline(PickledWithVersion, sklearn.pipeline.Pipeline):  # type: ignore[misc]  # scikit-learn has no type hints
    """A scikit-learn pipeline whose steps may be samplers.

    Samplers resample the rows that are passed to `fit`, and are skipped in `predict`, `transform`
    and `score`. In cross-validation, only the training rows are resampled, separately in each
    fold; the test rows stay as they are. Fit parameters with one entry per row (such as
    ``clf__sample_weight=``) are resampled together with the rows.

    Parameters
    ----------
    steps : list of (str, estimator)
        Pairs of a name and a step. The last step may be any estimator; the others must be
        transformers, samplers or pipelines.
    transform_input : list of str, optional
        Names of fit parameters, such as a validation table, that the transformers before the
        step that requests them transform; needs metadata routing. Samplers do not change them.
    memory : str or joblib.Memory, optional
        Cache for fitted transformers and samplers; steps are then cloned before fitting. A cached
        sampler returns the same rows again, even without a random seed.
    verbose : bool, default=False
        Whether to print the time that each step takes, in seconds.

    Attributes
    ----------
    plan_ : Plan
        The plans of all samplers as one, whose row numbers are those of the input of `fit`. Only
        available if every sampler has a plan.

    Notes
    -----
    Cost: that of the steps.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.preprocessing import StandardScaler
    >>> from poise.over_sampling import SMOTE
    >>> from poise.pipeline import Pipeline
    >>> X, y = make_classification(weights=[0.9], random_state=0)
    >>> model = Pipeline([
    ...     ("scale", StandardScaler()),
    ...     ("smote", SMOTE(random_state=0)),
    ...     ("clf", LogisticRegression()),
    ... ])
    >>> len(model.fit(X, y).predict(X)), len(model.plan_)
    (100, 182)
    """

    def __init__(
        self,
        steps: list[tuple[str, Any]],
        *,
        transform_input: list[str] | None = None,
        memory: str | Cache | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(steps, transform_input=transform_input, memory=memory, verbose=verbose)

    steps: list[tuple[str, Any]]
    plan_: Plan
    _has_been_fitted = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_private_methods(cls, {"_fit": "fit", "_validate_steps": "fit"})

    # Fitting

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit all steps in turn, each on the output of the step before it.

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,), optional
            Required if a step is a sampler.
        **params : dict
            ``step__parameter=value``, or ``parameter=value`` for the last step: such an ``eval_set`` or
            ``X_val`` is transformed by the steps before it. ``groups=`` is for the samplers with
            ``within_groups``. If metadata routing is enabled: routed parameters, which are transformed only if
            `transform_input` names them.

        Returns
        -------
        self
        """
        X, y, routed, plans = self._fit_all_but_last(X, y, params)
        name, last = self.steps[-1]
        with self._timed(len(self.steps)):
            if not _is_idle(last):
                last.fit(X, y, **_unwrapped(routed[name]["fit"]))
        self._set_plan([*plans, _plan_of(last)])
        self._has_been_fitted = True
        return self

    @available_if(_ends_without_predictor)
    def fit_resample(self, X: Any, y: Any = None, **params: Any) -> tuple[Any, Any]:
        """Fit all steps and return the resulting table and labels.

        Available if the last step is a sampler, a transformer or "passthrough".

        Parameters
        ----------
        X : array-like, sparse matrix or frame of shape (n_rows, n_columns)
        y : array-like of shape (n_rows,)
        **params : dict
            As for `fit`.

        Returns
        -------
        X_resampled, y_resampled
        """
        X, y, routed, plans = self._fit_all_but_last(X, y, params, "fit_transform")
        name, last = self.steps[-1]
        with self._timed(len(self.steps)):
            if not _is_idle(last):
                _, X, y = _fit_step(last, X, y, routed[name])
        self._set_plan([*plans, _plan_of(last)])
        self._has_been_fitted = True
        return X, y

    @available_if(_ends_without_predictor)
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit all steps and return the rows that come out of the last one, for a pipeline without samplers.

        Steps that have `fit_transform` are fitted and applied by it, as in a pipeline of scikit-learn.

        Parameters
        ----------
        X, y, **params
            As for `fit`.

        Returns
        -------
        array-like or frame
            One row for each row of X.

        Raises
        ------
        UnsupportedTypeError
            If a step is a sampler: whatever calls this method, such as a pipeline of scikit-learn, would
            go on with rows that are not resampled.
        """
        samplers = [name for name, step in self.steps if _resamples(step)]
        if samplers:
            raise UnsupportedTypeError(
                f"fit_transform returns a row for each row of X, so the sampler {samplers[0]!r} of this pipeline "
                "would have no effect. If the pipeline is a step of a Pipeline of scikit-learn, build the outer one "
                "with poise.make_pipeline. In a ColumnTransformer or FeatureUnion, put the sampler after it. For the "
                "resampled rows call fit_resample(X, y), for all rows fit(X, y).transform(X)."
            )
        return self.fit_resample(X, y, **params)[0]

    @available_if(_last_has("fit_predict"))
    def fit_predict(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit all steps and return the predictions of the last one for the rows of X.

        Parameters
        ----------
        X, y, **params
            As for `fit`.

        Returns
        -------
        ndarray of shape (n_rows,)
        """
        if not _resamples(self):
            return super().fit_predict(X, y, **params)
        return self.fit(X, y, **params).predict(X)

    def _fit_all_but_last(
        self, X: Any, y: Any, params: dict[str, Any], caller: str = "fit"
    ) -> tuple[Any, Any, Any, list[Plan | None]]:
        self.steps = list(self.steps) if isinstance(self.steps, list | tuple) else self.steps
        self._check_steps()
        check_allowed(self, _ALLOWED)
        self.__dict__.pop("plan_", None)
        routed = self._routed(params, caller)
        memory = check_memory(self.memory)
        is_cached = getattr(memory, "location", True) is not None
        fit_step = memory.cache(_fit_step)
        plans: list[Plan | None] = []
        for position, (name, step) in enumerate(self.steps[:-1]):
            if _is_idle(step):
                with self._timed(position + 1):
                    continue
            n_rows = None if X is None else length(X)
            with self._timed(position + 1):
                fitted, X, y = fit_step(fresh(step) if is_cached else step, X, y, routed[name])
            self.steps[position] = (name, fitted)
            plans.append(_plan_of(fitted))
            later = [name for name, _ in self.steps[position + 1 :]]
            self._update_parameters({name: routed[name] for name in later}, fitted, n_rows)
            if later and hasattr(fitted, "sample_weight_"):
                last_name, last = self.steps[-1]
                weigh(routed[last_name]["fit"], last, fitted)
        return X, y, routed, plans

    def _update_parameters(self, routed: Any, step: Any, n_rows: int | None) -> None:
        """Transform or resample the parameters of later steps as a fitted step did the rows."""
        transformed = self.transform_input or ()
        for by_method in routed.values():
            for params in by_method.values():
                for name, values in params.items():
                    if name in transformed:
                        params[name] = _transformed(values, step)
                    elif isinstance(values, _ValidationRows | _ValidationTable):
                        params[name] = values.after(step)
                    elif _resamples(step) and has_one_entry_per_row(name, values, n_rows):
                        params[name] = followed(values, step, name)
                    elif _resamples(step) and name == "sample_weight" and values is not None:
                        _check_fits_later_rows(values, step, n_rows or 0)

    def _routed(self, params: dict[str, Any], caller: str) -> dict[str, dict[str, dict[str, Any]]]:
        """Return the fit parameters by step and by method of the step."""
        names = [name for name, _ in self.steps]
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, caller, **params)
            nothing: dict[str, Any] = {method: {} for method in _METHODS}
            return {name: nothing | dict(routed.get(name, {})) for name in names}
        if self.transform_input is not None:
            raise InputError(
                "transform_input needs metadata routing. Call "
                "sklearn.set_config(enable_metadata_routing=True) first."
            )
        by_step: dict[str, dict[str, Any]] = {name: {} for name in names}
        for key, value in params.items():
            step, separator, name = key.partition("__")
            if separator and step in by_step:
                by_step[step][name] = value
                continue
            if value is None and not separator:
                continue
            takers = [] if separator else self._takers_of(key)
            if not takers:
                raise InputError(
                    f"Pipeline.fit does not accept the {key} parameter. Pass a parameter of a step as "
                    f"stepname__{name or key}.{nearest_name(step, names)}"
                )
            for taker in takers:
                wrap = _VALIDATION.get(key) if taker == names[-1] else None
                by_step[taker][key] = value if wrap is None else wrap(value)
        return {
            name: {method: dict(given) for method in _METHODS if method != "transform"}
            | {"transform": {}}
            for name, given in by_step.items()
        }

    def _takers_of(self, parameter: str) -> list[str]:
        """Return the steps that a fit parameter without the name of a step is for.

        Groups are for samplers that stay within them and for a last step that takes them; all else is for
        the last step, if no transformer takes it too.
        """
        *steps, (last, estimator) = self.steps
        is_for_last = not _is_idle(estimator) and takes_in_fit(estimator, parameter)
        if parameter == "groups":
            within = [name for name, step in self.steps if stays_within_groups(step)]
            return within + [last] * (is_for_last and last not in within)
        also = [
            name
            for name, step in steps
            if not is_sampler(step) and takes_in_fit(step, parameter, by_name=True)
        ]
        if is_for_last and also:
            raise InputError(
                f"{parameter} can be for the steps {', '.join(map(repr, [*also, last]))}. Pass it as "
                f"{last}__{parameter}, or for another one as stepname__{parameter}."
            )
        return [last] if is_for_last else []

    def _check_steps(self) -> None:
        if not self.steps:
            raise InputError("The pipeline is empty. Please add steps.")
        if not isinstance(self.steps, list) or not all(
            isinstance(step, tuple | list) and len(step) == 2 for step in self.steps
        ):
            raise InputError(
                f"The 'steps' parameter of Pipeline must be a list of (name, estimator) pairs. Got {self.steps!r} "
                "instead. Use make_pipeline to have steps named automatically."
            )
        _check_names([name for name, _ in self.steps], list(self.get_params(deep=False)))
        for name, step in self.steps:
            _check_instance(step)
            _check_has_one_role(name, step)
            is_pipeline = isinstance(step, sklearn.pipeline.Pipeline)
            if is_pipeline and is_sampler(step) and not isinstance(step, Pipeline):
                raise UnsupportedTypeError(
                    f"Step {name!r} is a pipeline of {type(step).__module__.partition('.')[0]} with "
                    "samplers; poise cannot skip its samplers after fitting. Build it with "
                    "poise.pipeline.make_pipeline."
                )
        for name, step in self.steps[:-1]:
            if not (_is_idle(step) or is_sampler(step) or hasattr(step, "transform")):
                raise UnsupportedTypeError(
                    f"Step {name!r} ({step!r}) is neither a transformer (fit and transform) nor a "
                    "sampler (fit_resample); only the last step may be another estimator."
                )
        name, last = self.steps[-1]
        if any(_resamples(step) for _, step in self.steps[:-1]):
            check_takes_resampled_rows(last)
        if not (_is_idle(last) or hasattr(last, "fit")):
            raise UnsupportedTypeError(
                f"The last step {name!r} ({last!r}) must have fit, or be 'passthrough'."
            )

    def _set_plan(self, plans: list[Plan | None]) -> None:
        """Set the plans of the samplers as one; they were noted in turn, because a step may occur twice."""
        samplers = [step for _, step in self.steps if _resamples(step)]
        known = [plan for plan in plans if plan is not None]
        if samplers and len(known) == len(samplers):
            self.plan_ = functools.reduce(Plan.then, known)

    def _timed(self, number: int) -> _Timer:
        title = f"(step {number} of {len(self.steps)}) Processing {self.steps[number - 1][0]}"
        return _Timer(title if self.verbose else None)

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata routing of the steps, as scikit-learn defines it.

        The metadata that `fit` of a sampler requests is passed to its `fit_resample`.

        Returns
        -------
        MetadataRouter
        """
        router = MetadataRouter(owner=self)
        for position, (name, step) in enumerate(self.steps):
            if not _is_idle(step):
                is_last = position == len(self.steps) - 1
                router.add(**{name: step}, method_mapping=_method_mapping(step, is_last))
        return router

    def set_callbacks(self, *callbacks: Never) -> NoReturn:  # noqa: ARG002  # the signature of scikit-learn
        """Raise an error: this pipeline does not call callbacks. Set them on its last step."""
        raise UnsupportedTypeError(
            "The Pipeline of Poise does not call callbacks. Set them on the step that reports "
            "progress."
        )

    # After fitting, every method calls a pipeline without samplers.

    def to_inference(self) -> sklearn.pipeline.Pipeline:
        """Return a plain scikit-learn pipeline of all steps except the samplers.

        Returns
        -------
        sklearn.pipeline.Pipeline
            The steps are the same objects, not copies. If all steps are samplers, the only step
            is "passthrough".

        Examples
        --------
        >>> from sklearn.preprocessing import StandardScaler
        >>> from poise.over_sampling import SMOTE
        >>> make_pipeline(StandardScaler(), SMOTE()).to_inference()
        Pipeline(steps=[('standardscaler', StandardScaler())])
        """
        return self._without_samplers(sklearn.pipeline.Pipeline)

    def _without_samplers(self, kind: type[Any]) -> Any:
        steps = [
            (name, step.to_inference() if isinstance(step, Pipeline) else step)
            for name, step in self.steps
            if isinstance(step, Pipeline) or not is_sampler(step)
        ]
        return kind(
            steps or [("passthrough", "passthrough")],
            transform_input=self.transform_input,
            verbose=self.verbose,
        )

    def _apply(self, method: str, *arguments: Any, **params: Any) -> Any:
        """Return what a method of the steps without the samplers returns.

        Steps that need no fit work in a pipeline that was not fitted, with a warning, on every scikit-learn.
        """
        try:
            result = getattr(self._without_samplers(_Inference), method)(*arguments, **params)
        except NotFittedError:
            # In scikit-learn's own words.
            return getattr(self.to_inference(), method)(*arguments, **params)
        if not self._has_been_fitted and _is_unfitted(self.steps[-1][1]):
            warnings.warn(
                f"This Pipeline instance is not fitted yet. Call 'fit' before {method!r}.",
                FutureWarning,
                stacklevel=3,
            )
        return result

    @available_if(_last_has("predict"))
    def predict(self, X: Any, **params: Any) -> Any:
        """Return the predictions of the last step for the transformed rows of X."""
        return self._apply("predict", X, **params)

    @available_if(_last_has("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> Any:
        """Return the class probabilities of the last step for the transformed rows of X."""
        return self._apply("predict_proba", X, **params)

    @available_if(_last_has("predict_log_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> Any:
        """Return the log probabilities of the last step for the transformed rows of X."""
        return self._apply("predict_log_proba", X, **params)

    @available_if(_last_has("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> Any:
        """Return the decision values of the last step for the transformed rows of X."""
        return self._apply("decision_function", X, **params)

    @available_if(_last_has("score_samples"))
    def score_samples(self, X: Any) -> Any:
        """Return the scores of the last step for the transformed rows of X."""
        return self._apply("score_samples", X)

    @available_if(_last_has("score"))
    def score(self, X: Any, y: Any = None, sample_weight: Any = None, **params: Any) -> Any:
        """Return the score of the last step on the transformed rows of X, without resampling."""
        return self._apply("score", X, y, sample_weight=sample_weight, **params)

    @available_if(_ends_without_predictor)
    def transform(self, X: Any, **params: Any) -> Any:
        """Return the transformed rows of X, without resampling."""
        return self._apply("transform", X, **params)

    @available_if(_can_invert)
    def inverse_transform(self, X: Any, **params: Any) -> Any:
        """Return transformed rows, transformed back to the columns of the input."""
        return self._apply("inverse_transform", X, **params)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Return the column names of the output of the transformers."""
        return self.to_inference().get_feature_names_out(input_features)


def _is_unfitted(step: Any) -> bool:
    """Return whether scikit-learn sees that a step is not fitted; False if it cannot tell."""
    if _is_idle(step) or is_sampler(step):
        return False
    try:
        check_is_fitted(step)
    except NotFittedError:
        return True
    except (TypeError, AttributeError):  # not an estimator of scikit-learn
        return False
    return False


class _Inference(PickledWithVersion, sklearn.pipeline.Pipeline):  # type: ignore[misc]  # scikit-learn has no type hints
    """A pipeline that applies steps without asking whether they are fitted: each step that must be says so."""

    def __sklearn_is_fitted__(self) -> bool:
        return True


class _Timer:
    """Context manager that prints the time its block takes, if it has a title."""

    def __init__(self, title: str | None) -> None:
        self._title = title

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._title is not None and error is None:
            print(_line_of_step(self._title, time.perf_counter() - self._start))  # noqa: T201


def _line_of_step(title: str, seconds: float) -> str:
    """Return a line in the format of scikit-learn's pipelines, 70 characters wide.

    Examples
    --------
    >>> _line_of_step("(step 1 of 2) Processing smote", 0.21)
    '[Pipeline] ............. (step 1 of 2) Processing smote, total=   0.2s'
    """
    duration = f"{seconds / 60:4.1f}min" if seconds > 60 else f" {seconds:5.1f}s"
    end = f" {title}, total={duration}"
    return "[Pipeline] ".ljust(70 - len(end), ".") + end


def _method_mapping(step: Any, is_last: bool) -> MethodMapping:  # noqa: FBT001  # private
    """Return which methods of a step each method of the pipeline calls."""
    mapping = MethodMapping()
    fitting = (
        _callees(step)
        if is_sampler(step) or hasattr(step, "fit_transform")
        else ["fit", "transform"]
    )
    for caller in ("fit", "fit_transform", "fit_predict"):
        own = caller if hasattr(step, caller) and not is_sampler(step) else None
        for callee in [own] if is_last and own else fitting:
            mapping.add(caller=caller, callee=callee)
    for caller in _AFTER_FIT:
        if is_last and hasattr(step, caller):
            mapping.add(caller=caller, callee=caller)
        elif hasattr(step, "transform"):
            inverse = caller == "inverse_transform"
            mapping.add(caller=caller, callee=caller if inverse else "transform")
    return mapping


def _plan_of(step: Any) -> Plan | None:
    """Return the plan of a sampler; None for other steps, and if it has none."""
    plan = getattr(step, "plan_", None) if _resamples(step) else None
    return plan if isinstance(plan, Plan) else None


def _callees(step: Any) -> list[str]:
    """Return the methods whose metadata requests count when a step is fitted in one call."""
    if not is_sampler(step) or isinstance(step, Pipeline):
        return ["fit_transform"] if hasattr(step, "fit_transform") else ["fit"]
    # imbalanced-learn adds fit_resample to the methods that scikit-learn routes metadata to.
    requests = step.get_metadata_routing() if hasattr(step, "get_metadata_routing") else None
    made = getattr(getattr(requests, "fit_resample", None), "requests", {})
    return ["fit", "fit_resample"] if any(v is not None for v in made.values()) else ["fit"]


def _transformed(values: Any, step: Any) -> Any:
    """Return a parameter after a transformer; in a tuple of tables, each is transformed."""
    if not hasattr(step, "transform"):
        return values
    if isinstance(values, tuple):
        return tuple(step.transform(value) for value in values)
    return step.transform(values)


def _check_names(names: list[Any], parameters: list[str]) -> None:
    """Raise InputError unless the names of steps can be distinguished from each other and from parameters."""
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise InputError(
            f"Names provided are not unique: {names!r}. Give each step a name of its own; {repeated[0]!r} "
            "occurs more than once."
        )
    for name in names:
        if not isinstance(name, str) or "__" in name or name in parameters:
            raise InputError(
                f"Estimator names must be text without '__' that is not a parameter of the pipeline; got "
                f"{name!r}. Rename the step: 'step__parameter' is how its parameters are passed."
            )


class _ValidationRows(NamedTuple):
    """An `eval_set` of the last step, which the transformers before it transform."""

    given: Any

    def after(self, step: Any) -> _ValidationRows:
        if not hasattr(step, "transform"):
            return self
        if isinstance(self.given, tuple):
            return _ValidationRows(_transformed_pair(self.given, step))
        return _ValidationRows([_transformed_pair(pair, step) for pair in self.given])


class _ValidationTable(NamedTuple):
    """An `X_val` of the last step, which the transformers before it transform."""

    given: Any

    def after(self, step: Any) -> _ValidationTable:
        return _ValidationTable(_transformed(self.given, step))


_VALIDATION: dict[str, Callable[[Any], Any]] = {
    "eval_set": _ValidationRows,
    "X_val": _ValidationTable,
}


def _transformed_pair(pair: Any, step: Any) -> Any:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise UnsupportedTypeError(
            f"eval_set must hold pairs of a table and its labels, which the steps before the last one transform; it "
            f"holds a {type(pair).__name__}. Pass stepname__eval_set with tables that are transformed already."
        )
    return step.transform(pair[0]), pair[1]


def _unwrapped(params: dict[str, Any]) -> dict[str, Any]:
    wrapped = _ValidationRows | _ValidationTable
    return {k: v.given if isinstance(v, wrapped) else v for k, v in params.items()}


def takes_in_fit(step: Any, parameter: str, *, by_name: bool = False) -> bool:
    """Return whether `fit` of a step has a parameter: by name, or unless `by_name`, as any keyword."""
    if isinstance(step, Pipeline):
        return bool(step._takers_of(parameter))  # noqa: SLF001  # its own class
    fit = getattr(step, "fit", None)
    if fit is None:
        return False
    known = inspect.signature(fit).parameters
    is_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
    return parameter in known or (is_any and not by_name)


def stays_within_groups(step: Any) -> bool:
    """Return whether a sampler, or one in a pipeline, draws partners from the group of the seed row."""
    if isinstance(step, Pipeline):
        return any(stays_within_groups(inner) for _, inner in step.steps)
    uses_groups = getattr(step, "within_groups", False) or (
        getattr(step, "balance", "class") == "class-group"
    )
    return is_sampler(step) and bool(uses_groups)


def _check_instance(step: Any) -> None:
    if isinstance(step, type):
        raise UnsupportedTypeError(
            f"A step is the class {step.__name__}, and must be an instance. Pass {step.__name__}()."
        )


def _check_has_one_role(name: str, step: Any) -> None:
    if (
        is_sampler(step)
        and hasattr(step, "transform")
        and not isinstance(step, sklearn.pipeline.Pipeline)
    ):
        raise UnsupportedTypeError(
            f"Step {name!r} ({step!r}) has both fit_resample and transform, so it is not clear whether it "
            "resamples or transforms. Split it into two steps."
        )


def _fit_step(step: Any, X: Any, y: Any, routed: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Fit a step; return it with the table and the labels that it outputs."""
    if is_sampler(step):
        given = {name: v for callee in _callees(step) for name, v in routed[callee].items()}
        X, y = step.fit_resample(X, y, **given)
    elif hasattr(step, "fit_transform"):
        X = step.fit_transform(X, y, **routed["fit_transform"])
    else:
        X = step.fit(X, y, **routed["fit"]).transform(X, **routed["transform"])
    return step, X, y


def has_one_entry_per_row(name: str, values: Any, n_rows: int | None) -> bool:
    """Return whether a fit parameter has one entry per row, and is resampled with the rows.

    What merely has as many entries, such as a list of column names or a validation table, does not: lists,
    tuples, text and tables count only for the parameters that describe rows in every package.
    """
    is_list = isinstance(values, list | tuple)
    if name in _NOT_OF_ROWS or not (is_list or (hasattr(values, "shape") and len(values.shape))):
        return False
    is_column = (
        not is_list and len(values.shape) == 1 and np.asarray(values[:1]).dtype.kind not in "USO"
    )
    return (name in _OF_ROWS or is_column) and length(values) == n_rows


def weigh(params: dict[str, Any], estimator: Any, sampler: Any) -> None:
    """Add the sample weights that a sampler computed to the fit parameters of an estimator."""
    if not has_fit_parameter(estimator, "sample_weight"):
        raise UnsupportedTypeError(
            f"{estimator!r} takes no sample_weight, which {type(sampler).__name__} computes for its "
            "rows. Use a classifier that takes it."
        )
    if params.get("sample_weight") is not None:
        raise InputError(
            f"sample_weight was passed for the classifier, but {type(sampler).__name__} computes "
            "sample weights itself. Give it to the sampler instead, which takes it into account."
        )
    params["sample_weight"] = sampler.sample_weight_


def _check_fits_later_rows(weights: Any, step: Any, n_rows: int) -> None:
    """Raise InputError for weights that are neither of the rows passed nor of those after a sampler."""
    plan = getattr(step, "plan_", None)
    if plan is not None and length(weights) != len(plan):
        check_same_length("sample_weight", length(weights), n_rows)


def followed(values: Any, sampler: Any, name: str) -> Any:
    """Return a parameter with one entry per row for the output rows of a sampler."""
    check_not_masked(name, values)
    plan = getattr(sampler, "plan_", None)
    if isinstance(plan, Plan):
        return align(values, plan, name)
    rows = getattr(sampler, "sample_indices_", None)
    if rows is None:
        raise InputError(
            f"{name} has one entry per row, but {type(sampler).__name__} does not record which input "
            "rows its output comes from (no plan_, no sample_indices_). Use a sampler of Poise."
        )
    return np.asarray(values)[rows]


@checked(**_ALLOWED)
def make_pipeline(
    *steps: Any,
    memory: str | Cache | None = None,
    transform_input: list[str] | None = None,
    verbose: bool = False,
) -> Pipeline:
    """Return a `Pipeline` whose steps are named after their classes, in lower case.

    Parameters
    ----------
    *steps : estimators
        The last step may be any estimator; the others must be transformers, samplers or pipelines.
    memory, transform_input, verbose
        As for `Pipeline`.

    Returns
    -------
    Pipeline

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from poise.over_sampling import SMOTE
    >>> list(make_pipeline(SMOTE(), LogisticRegression()).named_steps)
    ['smote', 'logisticregression']
    """
    for step in steps:
        _check_instance(step)
    named = sklearn.pipeline.make_pipeline(*steps).steps
    return Pipeline(named, memory=memory, transform_input=transform_input, verbose=verbose)
