"""Class weights, over-sampling and thresholds on text and images: are weights and copies safer than SMOTE there?

    python benchmarks/text_and_images.py [REPEATS]

Written to benchmarks/results/text_and_images.json (about two minutes with 10 repeats); `benchmarks/evidence_page.py`
puts the table into docs/evidence.md. Three data sets, each with few events:

docstrings  real text: what the functions of numpy, scipy and scikit-learn say they do; those of scipy.signal are the event
topics      generated text: words by their frequency in a mixture of topics, one of which the event has more often
digits      the images of digits of scikit-learn, of which the event, the eight, is thinned out

Text is TF-IDF, fitted to the training rows, and images are pixels. The model is a logistic regression, with its C chosen
once per split, without any treatment, by average precision on inner folds. The embedding of SMOTE is the first 50 (of images 16)
directions of a truncated SVD of the training rows: rows of the table are copied, or blended, between neighbours there.
Splits are repeated five-fold; the interval of a difference from no treatment counts that training rows of splits overlap.
"""

from __future__ import annotations

import inspect
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score, log_loss
from sklearn.model_selection import GridSearchCV, RepeatedStratifiedKFold

from poise import SMOTE, RandomOverSampler
from poise.decisions import ThresholdClassifier, TunedThreshold
from poise.study.statistics import corrected_t
from poise.weights import sample_weights

RESULT = Path(__file__).parent / "results" / "text_and_images.json"
N_FOLDS = 5
METRICS = ("average precision", "F1", "balanced accuracy", "log loss")
Rows = tuple[Any, NDArray[np.int64]]
Fit = Callable[[Any, Any, NDArray[np.int64], NDArray[np.float64]], Any]


def docstrings() -> Rows:
    """Return what public functions say before their parameters and examples; the event is scipy.signal."""
    texts: dict[str, str] = {}
    for package in ("numpy", "scipy", "sklearn"):
        for name, item in sorted(_public(package)):
            text = (inspect.getdoc(item) or "").split("Parameters\n")[0].split(">>>")[0]
            words = text.lower().replace("signal", " ")  # the name would give the label away
            if len(words.split()) > 8:
                texts.setdefault(words, name)
    y = np.array([name.startswith("scipy.signal") for name in texts.values()], dtype=np.int64)
    return np.array(list(texts)), y


def _public(package: str) -> Iterator[tuple[str, Any]]:
    root = import_module(package)
    names = [package] + [m.name for m in walk_packages(root.__path__, package + ".")]
    for name in names:
        if any(part.startswith(("_", "test", "conftest")) for part in name.split(".")):
            continue
        try:
            module = import_module(name)
        except Exception:  # noqa: BLE001  # an optional part that is not installed
            continue
        for key, item in vars(module).items():
            own = str(getattr(item, "__module__", "")).startswith(name)
            if own and not key.startswith("_") and callable(item):
                yield f"{name}.{key}", item


def topics(n_rows: int = 4_000, n_words: int = 6_000, share: float = 0.04) -> Rows:
    """Return documents of 60 words from 20 topics; events have one topic more often."""
    rng = np.random.RandomState(0)
    common = 1 / np.arange(1, n_words + 1)
    of_topic = np.stack(
        [rng.permutation(rng.gamma(0.05, size=n_words)) * common for _ in range(20)]
    )
    of_topic /= of_topic.sum(axis=1, keepdims=True)
    y = (rng.uniform(size=n_rows) < share).astype(np.int64)
    concentration = np.full(20, 0.2)
    documents = []
    for is_event in y:
        mixture = rng.dirichlet(concentration + 0.5 * is_event * (np.arange(20) == 7))
        words = rng.choice(n_words, size=60, p=mixture @ of_topic)
        documents.append(" ".join(f"w{word}" for word in words))
    return np.array(documents), y


def digits(n_events: int = 50) -> Rows:
    """Return images of 8 x 8 pixels as rows of pixels; the event is the eight."""
    X, label = load_digits(return_X_y=True)
    events, others = np.flatnonzero(label == 8), np.flatnonzero(label != 8)
    kept = np.sort(np.r_[np.random.RandomState(0).permutation(events)[:n_events], others])
    return X[kept] / 16, (label[kept] == 8).astype(np.int64)


def weighted(scheme: str) -> Fit:
    return lambda model, X, y, _: model.fit(X, y, sample_weight=sample_weights(y, scheme))


def resampled(make: Callable[[], Any], **given: Any) -> Fit:
    """Return how a model is fitted to resampled rows; `embedding=True` searches neighbours in the embedding."""
    in_embedding = given.pop("embedding", False)

    def fit(model: Any, X: Any, y: NDArray[np.int64], embedding: NDArray[np.float64]) -> Any:
        if in_embedding:
            given["embedding"] = embedding
        return model.fit(*make().fit_resample(X, y, **given))

    return fit


def tuned(metric: Any) -> Fit:
    return lambda model, X, y, _: ThresholdClassifier(TunedThreshold(metric), model).fit(X, y)


APPROACHES: dict[str, Fit] = {
    "none": lambda model, X, y, _: model.fit(X, y),
    "threshold, tuned for F1": tuned("f1"),
    "threshold, tuned for balanced accuracy": tuned("balanced_accuracy"),
    "weights, balanced": weighted("balanced"),
    "weights, sqrt": weighted("sqrt"),
    "weights, effective": weighted("effective"),
    "weights, capped": weighted("capped"),
    "random over-sampling": resampled(lambda: RandomOverSampler(random_state=0)),
    "SMOTE": resampled(lambda: SMOTE(random_state=0)),
    "SMOTE in the embedding, copies": resampled(
        lambda: SMOTE(random_state=0), embedding=True, rows="copy"
    ),
    "SMOTE in the embedding, blends": resampled(
        lambda: SMOTE(random_state=0), embedding=True, rows="blend"
    ),
}


def scores_of(X: Any, y: NDArray[np.int64], repeats: int) -> dict[str, list[list[float]]]:
    """Return the metrics of each approach on each split."""
    splits = RepeatedStratifiedKFold(n_splits=N_FOLDS, n_repeats=repeats, random_state=0)
    scores: dict[str, list[list[float]]] = {name: [] for name in APPROACHES}
    for train, test in splits.split(np.zeros(len(y)), y):
        train_rows, test_rows = X[train], X[test]
        if X.dtype.kind == "U":
            vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2)
            train_rows = sp.csr_array(vectorizer.fit_transform(train_rows))
            test_rows = sp.csr_array(vectorizer.transform(test_rows))
        n_directions = 50 if X.dtype.kind == "U" else 16
        embedding = TruncatedSVD(n_directions, random_state=0).fit_transform(train_rows)
        search = GridSearchCV(
            LogisticRegression(max_iter=2_000),
            {"C": [0.1, 1.0, 10.0, 100.0]},
            scoring="average_precision",
            cv=3,
        ).fit(train_rows, y[train])
        for name, fit in APPROACHES.items():
            model = LogisticRegression(max_iter=2_000, **search.best_params_)
            model = fit(model, train_rows, y[train], embedding)
            p, decided = model.predict_proba(test_rows)[:, 1], model.predict(test_rows)
            scores[name].append(
                [
                    float(average_precision_score(y[test], p)),
                    float(f1_score(y[test], decided)),
                    float(balanced_accuracy_score(y[test], decided)),
                    float(log_loss(y[test], p)),
                ]
            )
    return scores


def summary(scores: dict[str, list[list[float]]], base: str) -> dict[str, Any]:
    """Return the mean of each metric, and its difference from another approach with a 95 % interval."""
    found: dict[str, Any] = {}
    others = np.array(scores[base])
    for name, of_splits in scores.items():
        values = np.array(of_splits)
        row = {}
        for j, metric in enumerate(METRICS):
            about = corrected_t(values[:, j] - others[:, j], ratio=1 / (N_FOLDS - 1))
            row[metric] = {
                "mean": float(values[:, j].mean()),
                "difference": about.mean,
                "low": about.low,
                "high": about.high,
            }
        found[name] = row
    return found


def main(repeats: int) -> None:
    warnings.simplefilter("ignore")  # modules that warn when they are imported
    results: dict[str, Any] = {"repeats": repeats, "folds": N_FOLDS, "data": {}}
    for make in (docstrings, topics, digits):
        X, y = make()
        n_columns = None if X.ndim == 1 else X.shape[1]
        about = {"rows": len(y), "events": int(y.sum()), "columns": n_columns}
        print(make.__name__, about, flush=True)
        scores = scores_of(X, y, repeats)
        against = {base: summary(scores, base) for base in ("none", "SMOTE")}
        results["data"][make.__name__] = {**about, "against": against}
        for name, row in against["none"].items():
            print(f"{name:40}", *(f"{m['mean']:.3f}" for m in row.values()), flush=True)
    RESULT.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
