"""The command line: parse options, call the public interface, print results.

Exit codes: 0 success, 1 a finding, 2 wrong usage or bad input, 3 internal error, 130 interrupted.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its exit code."""
    try:
        from poise.cli._commands import run  # noqa: PLC0415  # click may not be installed
    except ImportError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.stderr.write(
            f"The command line needs {error.name}. Install it with: pip install 'poise[cli]'\n"
        )
        sys.exit(2)
    sys.exit(run(sys.argv[1:]))
