"""poise check: compare the result of a streamed run with its manifest."""

from __future__ import annotations

import json
from pathlib import Path

import click

from poise import big
from poise.cli._record import record_of
from poise.cli._terminal import DONE, FOUND, print_text
from poise.cli._values import PATH


@click.command("check")
@click.argument("result", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
def check_command(result: Path, as_json: bool) -> int:  # noqa: FBT001  # click passes by name
    """Check whether a result of `poise resample --stream` is whole.

    RESULT is the folder that was given as --out. Its files, their numbers of rows and their content are
    compared with the manifest. The exit code is 1 if a file is missing, was added, or has changed.

    \b
    Examples:
      poise check balanced/
      poise check balanced/ --json
    """  # noqa: D301  # \b makes click keep these lines
    found = big.check(result)
    print_text(json.dumps({**found.to_dict(), "run": record_of(result)}) if as_json else str(found))
    return DONE if found.is_whole else FOUND
