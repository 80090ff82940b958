"""Small real data sets that are installed with Poise, and `make_imbalance` for experiments."""

from poise.datasets._fetch import fetch_datasets
from poise.datasets._make_imbalance import make_imbalance
from poise.datasets._tables import (
    Dataset,
    load_abalone,
    load_ecoli,
    load_german,
    load_hypothyroid,
    load_page_blocks,
    load_thyroid,
    load_wine_quality,
    load_yeast,
)

__all__ = [
    "Dataset",
    "fetch_datasets",
    "load_abalone",
    "load_ecoli",
    "load_german",
    "load_hypothyroid",
    "load_page_blocks",
    "load_thyroid",
    "load_wine_quality",
    "load_yeast",
    "make_imbalance",
]
