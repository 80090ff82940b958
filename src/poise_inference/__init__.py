"""What a model exported from Poise needs beside numpy and scikit-learn: keep this file beside the model."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin


class CorrectedClassifier(ClassifierMixin, BaseEstimator):
    """A fitted classifier, with functions and their arguments that correct probabilities and decide."""

    def __init__(self, estimator, classes, corrections=(), decide=None):
        self.estimator, self.classes, self.classes_ = estimator, classes, np.asarray(classes)
        self.corrections, self.decide = corrections, decide

    def fit(self, X, y=None):  # it is fitted
        return self

    def predict_proba(self, X):
        """Return the corrected probability of each class; votes, if the classifier has only these."""
        if hasattr(self.estimator, "predict_proba"):
            found = np.asarray(self.estimator.predict_proba(X), dtype=np.float64)
        else:
            found = (self.estimator.predict(X)[:, None] == self.classes_).astype(np.float64)
        for correct, *given in self.corrections:
            found = correct(found, *given)
        return found

    def predict(self, X):
        """Return the decision for each row: by default the class with the largest probability."""
        decide, *given = self.decide or (np.argmax, 1)
        return self.classes_[decide(self.predict_proba(X), *given)]


def times_factors(proba, factors):
    """Return probabilities whose odds are multiplied by a factor for each class."""
    found = proba * factors
    return found / found.sum(axis=1, keepdims=True)


def of_event(proba, event):
    """Return probabilities of two classes from those of the event alone, which is column 0 or 1."""
    found = proba[:, event] if proba.ndim > 1 else proba
    return np.column_stack([1 - found, found] if event else [found, 1 - found])


def in_columns(proba, columns, n_classes):
    """Return probabilities in other columns; classes without one have probability 0."""
    found = np.zeros((len(proba), n_classes))
    found[:, columns] = proba
    return found


def recalibrated(proba, calibrators, events):
    """Return probabilities corrected by a regression of the event of two classes, or of each class."""
    each = []
    for one, p in zip(calibrators, proba[:, list(events)].T, strict=True):
        odds = np.clip(p, np.finfo(float).eps, 1 - np.finfo(float).eps)
        is_logistic, odds = hasattr(one, "predict_proba"), np.log(odds / (1 - odds))
        each.append(one.predict_proba(odds[:, None])[:, 1] if is_logistic else one.predict(p))
    if len(events) == 1:
        return of_event(each[0], events[0])
    total, equal = np.sum(each, axis=0), np.full_like(proba, 1 / len(events))
    return np.divide(np.transpose(each), total[:, None], out=equal, where=total[:, None] > 0)


def cheapest(proba, costs):
    """Return the decision with the lowest expected cost; on a tie the last one."""
    each = np.einsum("ni,ij->nj", proba, costs)
    return each.shape[1] - 1 - each[:, ::-1].argmin(axis=1)


def over_thresholds(proba, thresholds):
    """Return the class with the largest ratio of probability to threshold; on a tie the first."""
    return (proba / thresholds).argmax(axis=1)


def take_columns(X, columns):
    """Return some columns of an array, by position, or of a frame, by name."""
    if hasattr(X, "columns"):
        return X.select(columns) if hasattr(X, "select") else X[columns]
    return (X if hasattr(X, "shape") else np.asarray(X))[:, columns]


def read_columns(X, columns, gone=("None", "nan", "NaT", "<NA>")):
    """Return columns as numbers, NaN if missing: times as days since the first, categories as codes."""
    read, n_rows = [], len(X)
    if not hasattr(X, "columns"):
        X = np.asarray(X, None if hasattr(X, "shape") else object).reshape(n_rows, -1).T
    for name, first, categories in columns:  # without a name, 0
        cells = np.zeros(n_rows) if name is None else np.asarray(X[name])
        if first is not None:
            cells = (cells.astype(first.dtype) - first) / np.timedelta64(1, "D")
        elif categories is not None or cells.dtype == object:
            known = getattr(X[name], "to_pylist", cells.tolist)()  # pyarrow's categories
            known = [None if type(c) is not str and str(c) in gone else c for c in known]
            if categories is not None:  # a new category has the code after the last
                code_of = {category: code for code, category in enumerate(categories)}
                known = [c if c is None else code_of.get(c, len(code_of)) for c in known]
            cells = np.array(known, dtype=np.float64)
        read.append(cells)
    return np.column_stack(read).astype(np.float64)
