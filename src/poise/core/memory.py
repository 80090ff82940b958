"""How much memory the machine has, so that a request that cannot fit is refused before the work."""

from __future__ import annotations

import os
import sys
from functools import cache


@cache
def memory_of_machine() -> int:
    """Return the bytes of physical memory; where they are not known, the bytes that can be addressed."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return sys.maxsize
