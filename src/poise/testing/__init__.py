"""What a resampler promises, as checks to run on one's own; and the slow, obvious oracles."""

from poise.testing import oracle
from poise.testing._contract import CONTAINERS, Container, check_resampler, example

__all__ = ["CONTAINERS", "Container", "check_resampler", "example", "oracle"]
