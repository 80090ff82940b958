"""Base class of over-samplers that resample arrays themselves; see `poise.base` for those with a plan."""

from poise.utils._samplers import BaseOverSampler

__all__ = ["BaseOverSampler"]
