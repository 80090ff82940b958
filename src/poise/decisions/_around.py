"""What classifiers around another one share: labels, names of columns, and what `fit` of the inner one takes."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.ensemble import StackingClassifier
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

from poise.core.errors import InputError, UnsupportedTypeError, listed
from poise.core.tables.labels import Labels, encode
from poise.core.tables.read import read_target, text_names
from poise.core.tables.rows import read_rows
from poise.pipeline import takes_in_fit


def plain_labels(y: Any) -> Labels:
    """Return the labels of a target that a classifier of scikit-learn takes, or raise InputError."""
    labels = encode(read_target(y))
    if np.asarray(labels.classes).dtype.kind not in "biufU":
        raise InputError(
            f"y has labels such as {labels.classes[0]!r}, of the type {type(labels.classes[0]).__name__}, which classifiers of "
            "scikit-learn do not take. Pass text, whole numbers or booleans."
        )
    return labels


def with_event(estimator: Any, event: Any) -> Any:
    """Set every `pos_label` of an estimator that is None to the event, and return it."""
    given = estimator.get_params()
    free = [k for k, v in given.items() if k.rpartition("__")[2] == "pos_label" and v is None]
    return estimator.set_params(**dict.fromkeys(free, event))


def check_has_probabilities(estimator: Any, why: str) -> None:
    """Raise UnsupportedTypeError for a classifier without `predict_proba`; `why` it is needed."""
    # A stack asks its last classifier, which exists only after fit unless it was passed.
    is_open = isinstance(estimator, StackingClassifier) and estimator.final_estimator is None
    if isinstance(estimator, type) or not (is_open or hasattr(estimator, "predict_proba")):
        raise UnsupportedTypeError(
            f"estimator={estimator!r} has no predict_proba, and {why}. Wrap it: "
            "sklearn.calibration.CalibratedClassifierCV(estimator)."
        )


def check_fit_parameters(estimator: Any, params: dict[str, Any]) -> None:
    """Raise InputError for parameters that `fit` of an estimator does not take."""
    unknown = [name for name in params if not takes_in_fit(estimator, name)]
    if unknown:
        raise InputError(
            f"fit takes X, y, sample_weight, groups and what fit of the classifier takes; {type(estimator).__name__} "
            f"does not take {listed(unknown)}. Parameters of other steps can be passed if metadata routing is "
            "enabled: sklearn.set_config(enable_metadata_routing=True)."
        )


def routed_to_fit(model: Any) -> MetadataRouter:
    """Return the metadata routing of a classifier that passes what its `fit` gets to `fit` of its estimator."""
    mapping = MethodMapping().add(caller="fit", callee="fit")
    return MetadataRouter(owner=model).add(estimator=model.estimator, method_mapping=mapping)


def copy_names(model: Any, X: Any) -> None:
    """Set `n_features_in_` and `feature_names_in_` of a model to those of its fitted `estimator_`."""
    for name in ("n_features_in_", "feature_names_in_"):
        model.__dict__.pop(name, None)
        if hasattr(model.estimator_, name):
            setattr(model, name, getattr(model.estimator_, name))
    names = text_names(read_rows(X))
    if names is not None:  # scikit-learn before 1.8 does not know those of every frame
        model.feature_names_in_ = names
