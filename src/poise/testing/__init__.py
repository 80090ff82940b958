"""Check your own sampler against the contract of all samplers; slow reference implementations."""

from poise.testing import oracle
from poise.testing._contract import CONTAINERS, Container, check_resampler, example

__all__ = ["CONTAINERS", "Container", "check_resampler", "example", "oracle"]
