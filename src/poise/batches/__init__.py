"""Mini-batches of row numbers by class, for any deep learning framework; none is imported."""

from __future__ import annotations

from poise.batches._batches import BalancedBatches, balanced_batches

__all__ = ["BalancedBatches", "balanced_batches"]
