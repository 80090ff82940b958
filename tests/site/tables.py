"""Random tables of the plane with duplicates and ties, and what the library does with them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from poise import ADASYN, SMOTE, BorderlineSMOTE, EditedNearestNeighbours, TomekLinks

N_TABLES = 250


def random_tables() -> Iterator[dict[str, Any]]:
    """Yield tables: on grids, where distances are equal; with repeated rows; and with free coordinates."""
    rng = np.random.RandomState(1)
    for i in range(N_TABLES):
        counts = rng.randint(3, 80), rng.randint(2, 40)
        label = rng.permutation(np.repeat([0, 1], counts))
        steps = (4, 20, 10**9)[i % 3]
        points = np.round(rng.rand(len(label), 2) * steps) / steps
        if i % 2:
            copied, over = rng.randint(len(label), size=(2, len(label) // 3))
            points[over] = points[copied]
        yield {
            "x": points[:, 0].tolist(),
            "y": points[:, 1].tolist(),
            "label": label.tolist(),
            "k": int(rng.randint(1, 8)),
            "ratio": float(rng.choice([1.0, 0.5, 0.75])),
            "seed": int(rng.randint(2**31)),
        }


def samplers(table: dict[str, Any]) -> dict[str, Any]:
    """Return the samplers with the parameters of a table, by the names of the playground."""
    k, grown = table["k"], {"sampling_strategy": table["ratio"], "random_state": table["seed"]}
    return {
        "smote": SMOTE(k_neighbors=k, **grown),
        "borderline": BorderlineSMOTE(k_neighbors=k, **grown),
        "adasyn": ADASYN(n_neighbors=k, **grown),
        "tomek": TomekLinks(),
        "enn": EditedNearestNeighbours(n_neighbors=k),
    }


def plan_of(sampler: Any, table: dict[str, Any]) -> dict[str, Any]:
    """Return the new and the removed rows of a sampler, or that it refuses the table."""
    X, y = np.column_stack([table["x"], table["y"]]), np.array(table["label"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            sampler.fit_resample(X, y)
        except ValueError:
            return {"refused": True}
    lineage = sampler.plan_.lineage()
    is_new = lineage.origin != "kept"
    removed = np.setdiff1d(np.arange(len(y)), lineage.seed[~is_new])
    return {
        "seed": lineage.seed[is_new].tolist(),
        "partner": lineage.partner[is_new].tolist(),
        "gap": lineage.gap[is_new].tolist(),
        "removed": removed.tolist(),
    }


def expected() -> list[dict[str, Any]]:
    """Return every table with the plans of the library."""
    return [
        {**table, "plans": {name: plan_of(each, table) for name, each in samplers(table).items()}}
        for table in random_tables()
    ]


# What runs in Node and in a browser: the plans of the playground for the same tables, in the same form.
PLANS = """
(cases) => cases.map((table) => Object.fromEntries(Object.keys(table.plans).map((name) => {
  try {
    const plan = METHODS[name].run(table, { k: table.k, ratio: table.ratio, seed: table.seed });
    const column = (part) => plan.made.map((row) => row[part]);
    return [name, { seed: column("seed"), partner: column("partner"), gap: column("gap"), removed: plan.removed }];
  } catch (error) {
    if (!(error instanceof CannotDo)) throw error;
    return [name, { refused: true }];
  }
})))
"""
