"""How much memory the machine has, so that a request that cannot fit is refused, and how much was used."""

from __future__ import annotations

import os
import sys
from functools import cache

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # as above


@cache
def memory_of_machine() -> int:
    """Return the bytes of physical memory; where they are not known, the bytes that can be addressed."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return sys.maxsize


def peak_memory() -> int | None:
    """Return the largest number of bytes that the process has had in memory; None where it is not known."""
    if resource is None:
        return None
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(found) if sys.platform == "darwin" else int(found) * 1024
