"""The commands, each loaded when it is used, and what their errors say and exit with."""

from __future__ import annotations

import importlib
import re
import sysconfig
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

import poise
from poise._methods import METHODS
from poise.cli import _signals
from poise.cli._terminal import (
    BAD_INPUT,
    DISK,
    DONE,
    INTERNAL,
    exit_code_of,
    print_text,
    write_json_lines,
    write_line,
)
from poise.core.errors import PoiseError
from poise.core.files import is_of_disk

# The other commands import numpy, scipy and scikit-learn, so `poise --help` reads their help from here.
_COMMANDS = {
    "check": ("_check", "Check whether a result of `resample --stream` is whole."),
    "check-split": (
        "_diagnose",
        "Check whether test rows were made from training rows, or repeat them.",
    ),
    "compare": (
        "_compare",
        "Compare approaches to imbalance on a table, and advise which one to use.",
    ),
    "diagnose": ("_diagnose", "Check a table before it is resampled, and advise what to do."),
    "fit": ("_fit", "Fit a model on a table in a file, and write it to another."),
    "methods": ("", "List the methods, one per line."),
    "predict": (
        "_predict",
        "Write the probabilities and decisions of a model for the rows of a file.",
    ),
    "resample": ("_resample", "Resample a table in a file and write the result to another."),
}


def run(arguments: Sequence[str]) -> int:
    """Run the command line on arguments and return the exit code."""
    write_json_lines(is_wanted=False)
    try:
        result = cli.main(
            args=list(arguments), prog_name="poise", standalone_mode=False, obj=list(arguments)
        )
    except (click.Abort, KeyboardInterrupt):
        return _signals.ended()
    except SystemExit as left:
        # click itself exits, with 1, when the reader of its help has left; that is not a finding.
        last = traceback.extract_tb(left.__traceback__)[-1].filename
        if last.startswith(str(Path(click.__file__).parent)):
            return DONE
        raise
    except Exception as error:  # noqa: BLE001  # each gets words and an exit code
        return _reported(error)
    return result if isinstance(result, int) else DONE


def _reported(error: Exception) -> int:
    """Print an error and return its exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        if context is not None:
            write_line(f"{context.get_usage()}\nTry '{context.command_path} --help' for help.\n")
        write_line(f"Error: {error.format_message()}")
        return BAD_INPUT
    if isinstance(error, PoiseError | MemoryError):
        write_line(f"Error: {error or 'out of memory'}")
        return exit_code_of(error)
    if isinstance(error, OSError) and is_of_disk(error):
        write_line(f"Error: {error.strerror}. Free some space, or write elsewhere.")
        return DISK
    return _unexpected(error)


def _unexpected(error: Exception) -> int:
    """Report an error that nobody foresaw, and return its exit code."""
    write_line("".join(traceback.format_exception(error)).rstrip())
    theirs = _frame_of_the_user(error)
    if theirs is None:
        write_line(
            f"Internal error: {error}. This is a bug in Poise. Please report it with the output above."
        )
        return INTERNAL
    write_line(
        f"Error: {type(error).__name__} in {theirs.filename}, line {theirs.lineno}: {error}. Correct the method, or "
        "the parameters that --set gives it."
    )
    return BAD_INPUT


def _frame_of_the_user(error: Exception) -> traceback.FrameSummary | None:
    """Return the last line of a method of the user's, if the error was raised in or below it; else None."""
    own, installed = str(Path(poise.__file__).parent), sysconfig.get_paths()
    libraries = (installed["stdlib"], installed["purelib"], installed["platlib"])
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(own):
            return None
        # Compiled modules give a file of their build, such as pyarrow/_csv.pyx.
        if Path(frame.filename).is_absolute() and not frame.filename.startswith(libraries):
            return frame
    return None


class _Commands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click passes it
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in _COMMANDS:
            return own
        module = importlib.import_module(f"poise.cli.{_COMMANDS[cmd_name][0]}")
        found: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return found

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  # click passes it
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in sorted(_COMMANDS)])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(poise.__version__, prog_name="poise")
def cli() -> None:
    """Learn from imbalanced tables.

    \b
    Examples:
      poise methods
      poise resample churn.csv --target churn --out balanced.parquet
      poise resample churn.csv --target churn --method smote-tomek --out balanced.csv
      poise compare churn.csv --target churn --out report.html
      poise fit churn.csv --target churn --costs 1 20 --out churn.skops
      poise predict churn.skops today.csv --out scored.csv
      poise resample folder/ --target churn --stream --out balanced/
    """  # noqa: D301  # \b makes click keep these lines


@cli.command()
def methods() -> None:
    """List the methods, one per line."""
    width = max(map(len, METHODS))
    documented = _first_lines()
    print_text("\n".join(f"{name:<{width}}  {documented[kind]}" for name, kind in METHODS.items()))


def _first_lines() -> dict[str, str]:
    """Return the first line of the docstring of each sampler, read without importing its module."""
    root = Path(poise.__file__).parent
    files = [root / "combine.py", *root.glob("*_sampling/_*.py")]
    found = re.findall(
        r'^class (\w+)\(.*\):\n    r?"""(.+?)(?:"""|\n)',
        "\n".join(file.read_text(encoding="utf-8") for file in files),
        re.MULTILINE,
    )
    return dict(found)
