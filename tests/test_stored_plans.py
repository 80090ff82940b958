"""Every sampler still resamples the shipped tables into the rows that were stored.

`python tests/test_stored_plans.py` writes the stored hashes again. Do that only for a change of
rows that is meant, and name the sampler and the reason in CHANGELOG.md.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy
import sklearn
from sklearn.base import clone

from poise import (
    SMOTE,
    BorderlineSMOTE,
    Chain,
    EditedNearestNeighbours,
    NearMiss,
    Proportion,
    RandomOverSampler,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
    datasets,
)
from poise._api import make_sampler
from poise._methods import METHODS
from poise.core.errors import PoiseError

STORED = Path(__file__).parent / "data" / "stored_plans.json"
VERSIONS = {
    "numpy": np.__version__,
    "scikit-learn": sklearn.__version__,
    "scipy": scipy.__version__,
}
# Their rows follow from a fitted model, which another version may fit otherwise.
FIT_A_MODEL = ("svm-smote", "kmeans-smote", "instance-hardness-threshold", "cluster-centroids")
TABLES = (
    "ecoli",
    "yeast",
    "page_blocks",
    "abalone",
    "german",
    "hypothyroid",
    "thyroid",
    "wine_quality",
)
MOST_ROWS = 500
FEWEST_OF_A_CLASS = 8
VARIANTS: dict[str, Any] = {
    "random-over: shrinkage": RandomOverSampler(shrinkage=0.5),
    "random-under: replacement": RandomUnderSampler(replacement=True),
    "smote: half, 3 neighbours": SMOTE(sampling_strategy=Proportion(0.5), k_neighbors=3),
    "smote: votes": SMOTE(nominal="vote"),
    "smote: standard": SMOTE(neighbor_space="standard"),
    "smote: robust": SMOTE(neighbor_space="robust"),
    "borderline-smote: 2": BorderlineSMOTE(kind="borderline-2", m_neighbors=4),
    "borderline-smote: 2, votes": BorderlineSMOTE(kind="borderline-2", nominal="vote"),
    "edited-nearest-neighbours: mode": EditedNearestNeighbours(kind_sel="mode"),
    "tomek-links: all": TomekLinks(sampling_strategy="all"),
    "near-miss: 2": NearMiss(version=2),
    "near-miss: 3": NearMiss(version=3),
    "chain": Chain(SMOTE(), RandomUnderSampler(), TomekLinks()),
    "smote-tomek: standard": SMOTETomek(neighbor_space="standard"),
}


def sampler_of(name: str) -> Any:
    sampler = clone(VARIANTS[name]) if name in VARIANTS else make_sampler(name)
    seeded = [key for key in sampler.get_params() if key == "random_state"]
    return sampler.set_params(**dict.fromkeys(seeded, 7))


def table_of(name: str) -> tuple[Any, Any]:
    """Return some rows of a shipped table, without classes that are too small for five neighbours."""
    frame = getattr(datasets, f"load_{name}")().frame("pandas")
    frame = frame.iloc[np.random.RandomState(0).permutation(len(frame))[:MOST_ROWS]]
    label = frame.iloc[:, -1]
    is_large = label.map(label.value_counts()) >= FEWEST_OF_A_CLASS
    frame = frame[is_large].reset_index(drop=True)
    return frame.iloc[:, :-1], frame.iloc[:, -1]


def hash_of(name: str, table: str) -> str:
    """Return a hash of where each output row comes from, and of the rows; or the error's name."""
    X, y = table_of(table)
    sampler = sampler_of(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            X_new, y_new = sampler.fit_resample(X, y)
        except PoiseError as error:
            return type(error).__name__
    lineage, parents = sampler.plan_.lineage(), sampler.plan_.parents()
    parents.sort_indices()
    numbers = [lineage.seed, lineage.partner, parents.indptr, parents.indices]
    found = hashlib.sha256()
    for array in numbers:
        found.update(array.astype("<i8").tobytes())
    found.update(np.rint(np.nan_to_num(lineage.gap, nan=-9.0) * 1e9).astype("<i8").tobytes())
    found.update("\n".join(lineage.origin.tolist()).encode())
    for column in [*(X_new[c] for c in X_new.columns), y_new]:
        items = column.astype(object).tolist()
        text = [f"{i:.8g}" if isinstance(i, float) else str(i) for i in items]
        if any(isinstance(item, str) for item in items):  # pandas 2 has None where pandas 3 has NaN
            text = [
                "nan" if item is None else shown for item, shown in zip(items, text, strict=True)
            ]
        found.update("\n".join(text).encode())
    return found.hexdigest()[:24]


def stored() -> dict[str, Any]:
    return json.loads(STORED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [*METHODS, *VARIANTS])
def test_rows_are_those_that_were_stored(name: str) -> None:
    expected = stored()
    assert name in expected["hashes"], "store its rows: python tests/test_stored_plans.py"
    if name in FIT_A_MODEL and expected["versions"] != VERSIONS:
        pytest.skip(f"fits a model; stored with {expected['versions']}")
    assert {table: hash_of(name, table) for table in TABLES} == expected["hashes"][name]


if __name__ == "__main__":
    hashes = {name: {t: hash_of(name, t) for t in TABLES} for name in [*METHODS, *VARIANTS]}
    text = json.dumps({"versions": VERSIONS, "hashes": hashes}, indent=1)
    STORED.write_text(text + "\n", encoding="utf-8")
