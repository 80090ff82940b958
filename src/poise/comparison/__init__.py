"""An honest answer on the user's own table: approaches compared inside the folds, and judged."""

from poise.comparison.entry import compare
from poise.comparison.result import Comparison, Difference

__all__ = ["Comparison", "Difference", "compare"]
