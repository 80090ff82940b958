"""Methods that remove rows from the larger classes, or rows that a rule finds."""

from poise.under_sampling._edited_nearest_neighbours import EditedNearestNeighbours
from poise.under_sampling._random import RandomUnderSampler
from poise.under_sampling._tomek_links import TomekLinks

__all__ = ["EditedNearestNeighbours", "RandomUnderSampler", "TomekLinks"]
