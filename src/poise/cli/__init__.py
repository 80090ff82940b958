"""The command line: parse options, call the public interface, print results.

==========  ===================================================================
exit code   meaning
==========  ===================================================================
0           done
1           a finding: a leak, a result that is not whole, or one of the severity of ``--fail-on``
2           wrong usage or bad input
3           a bug in Poise
4           the data cannot tell, and ``--strict`` was given
5           the run does not fit into memory or onto the disk
6           another run is writing the same result
7           the disk is full, or fails
130         interrupted by Ctrl-C
143         terminated
==========  ===================================================================
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from poise.cli import _signals


def main() -> None:
    """Run the command line and exit with its exit code."""
    _open_streams()
    with _signals.heard():
        sys.exit(_outcome(sys.argv[1:]))


def _open_streams() -> None:
    """Open the null device for each standard stream that the shell closed, as in ``poise ... 2>&-``.

    Otherwise a file that is opened later would take its number, and get what is meant for the stream.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  # open until the end


def _outcome(arguments: list[str]) -> int:
    # Imports take seconds on a cold disk, and Ctrl-C must not end in a traceback of theirs.
    try:
        from poise.cli._commands import run  # noqa: PLC0415  # click may not be installed

        return run(arguments)
    except KeyboardInterrupt:
        return _signals.ended()
    except Exception as error:
        if _signals.received():  # it broke off an import
            return _signals.ended()
        if not isinstance(error, ImportError) or error.name not in ("click", "rich"):
            raise
        sys.stderr.write(
            f"The command line needs {error.name}. Install it with: pip install 'poise[cli]'\n"
        )
        return 2
