"""Under-sampling: methods that remove rows of the larger classes, or clean a table."""

from poise.under_sampling._cluster_centroids import ClusterCentroids
from poise.under_sampling._condensed_nearest_neighbour import (
    CondensedNearestNeighbour,
    OneSidedSelection,
)
from poise.under_sampling._edited_nearest_neighbours import (
    AllKNN,
    EditedNearestNeighbours,
    RepeatedEditedNearestNeighbours,
)
from poise.under_sampling._instance_hardness_threshold import InstanceHardnessThreshold
from poise.under_sampling._near_miss import NearMiss
from poise.under_sampling._neighbourhood_cleaning_rule import NeighbourhoodCleaningRule
from poise.under_sampling._random import RandomUnderSampler
from poise.under_sampling._tomek_links import TomekLinks

__all__ = [
    "AllKNN",
    "ClusterCentroids",
    "CondensedNearestNeighbour",
    "EditedNearestNeighbours",
    "InstanceHardnessThreshold",
    "NearMiss",
    "NeighbourhoodCleaningRule",
    "OneSidedSelection",
    "RandomUnderSampler",
    "RepeatedEditedNearestNeighbours",
    "TomekLinks",
]
