"""Base classes of under-samplers that resample arrays themselves; see `poise.base` for those with a plan."""

from poise.utils._samplers import BaseCleaningSampler, BaseUnderSampler

__all__ = ["BaseCleaningSampler", "BaseUnderSampler"]
