"""The commands methods and resample, and the exit codes of all commands."""

from __future__ import annotations

import contextlib
import json
import signal
import sysconfig
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import click
from rich.console import Console

import poise
from poise._api import METHODS, Resampled, method_class, resample
from poise.cli import _values
from poise.cli._big import explain_streamed, options_of, resample_streamed
from poise.cli._compare import compare_command
from poise.cli._diagnose import check_split_command, diagnose_command
from poise.cli._terminal import (
    BAD_INPUT,
    DONE,
    INTERNAL,
    INTERRUPTED,
    check_paths,
    stages,
    warnings_on_stderr,
    write_line,
)
from poise.core.errors import FileError, InputError, PoiseError
from poise.core.files import formats as files
from poise.core.files import written_aside
from poise.core.tables.convert import column_position, frame_from_columns, split_target

_PATH = click.Path(path_type=Path)


def run(arguments: Sequence[str]) -> int:
    """Run the command line on arguments and return the exit code."""
    try:
        with _terminated_as_interrupted():
            result = cli.main(args=list(arguments), prog_name="poise", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        write_line("Interrupted. No incomplete file was written.")
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except (PoiseError, MemoryError) as error:
        write_line(f"Error: {error or 'out of memory'}")
        return BAD_INPUT
    except Exception as error:  # noqa: BLE001  # any other error is a bug, of Poise or of a user's method
        return _unexpected(error)
    return result if isinstance(result, int) else DONE


def _unexpected(error: Exception) -> int:
    """Report an error that nobody foresaw, and return its exit code."""
    traceback.print_exc()
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
        if not frame.filename.startswith((*libraries, "<")):
            return frame
    return None


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Treat SIGTERM like Ctrl-C, so that no incomplete file stays."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(poise.__version__, prog_name="poise")
def cli() -> None:
    """Learn from imbalanced tables.

    \b
    Examples:
      poise methods
      poise resample churn.csv --target churn --out balanced.parquet
      poise resample churn.csv --target churn --method smote-tomek --out balanced.csv
      poise compare churn.csv --target churn --out report.html
      poise resample folder/ --target churn --stream --out balanced/
    """  # noqa: D301  # \b makes click keep these lines


@cli.command()
def methods() -> None:
    """List the methods, one per line."""
    width = max(map(len, METHODS))
    for name in METHODS:
        doc = method_class(name).__doc__ or ""
        click.echo(f"{name:<{width}}  {doc.strip().partition(chr(10))[0]}")


@cli.command("resample")
@click.argument("source", type=_PATH, metavar="INPUT")
@click.option("--target", "-t", required=True, help="Column with the class labels.")
@click.option(
    "--method",
    "-m",
    default="smote",
    show_default=True,
    help="Method name, as listed by `poise methods`, or package.module:Class of a sampler of your own.",
)
@click.option(
    "--out",
    "-o",
    type=_PATH,
    help="File for the result (.csv, .parquet or .arrow); with --stream, a folder.",
)
@click.option(
    "--strategy",
    "-s",
    metavar="STRATEGY",
    help="Ratio of the smaller to the larger class (0.5), a name (minority, all, ...), or counts per "
    "class as JSON ('{\"yes\": 5000}'). Cleaning methods also accept a JSON list of classes.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Parameter of the method, such as k_neighbors=3. May be repeated.",
)
@click.option(
    "--time",
    "time_column",
    metavar="COLUMN",
    help="Column with the time of each row: the output is sorted by it, and a new row is never earlier than "
    "the rows that it is made from.",
)
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column of groups, such as customers: a new row is of the group of its seed row; with --set "
    "within_groups=true, its partner is too. The column is not used as a feature.",
)
@click.option(
    "--plot",
    type=_PATH,
    help="Write a plot of the table before and after to this file (.png, .svg, .pdf, .jpg).",
)
@click.option(
    "--lineage",
    type=_PATH,
    help="Write the origin of each row to this file: the seed row and its partner, as row numbers of the "
    "input, counted from 0.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--stream",
    is_flag=True,
    help="Read Parquet files (a file, a folder or a pattern) in blocks, for tables larger than memory.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Like --stream, but only print the passes, bytes and memory, and whether the run fits.",
)
@click.option(
    "--id", "id_column", metavar="COLUMN", help="With --stream: column that identifies each row."
)
@click.option("--memory", help="With --stream: memory limit. [default: 2GB]")
@click.option(
    "--rate",
    metavar="RATE",
    help="With --stream and random-under: probability that a row is kept (0.01), or one per class as JSON. Adds "
    "the column sample_weight.",
)
@click.option(
    "--order",
    metavar="ORDER",
    help="With --stream and a combined method: pass clean-then-oversample if the published order does not "
    "fit into memory.",
)
@click.option(
    "--extra",
    multiple=True,
    metavar="COLUMN",
    help="With --stream: add the column _new or _seed. May be repeated.",
)
@click.option("--resume", is_flag=True, help="With --stream: continue a run that was interrupted.")
def resample_command(
    source: Path,
    target: str,
    method: str,
    out: Path | None,
    strategy: str | None,
    seed: int,
    settings: tuple[str, ...],
    time_column: str | None,
    groups: str | None,
    plot: Path | None,
    lineage: Path | None,
    as_json: bool,  # noqa: FBT001  # click passes by name
    stream: bool,  # noqa: FBT001  # as above
    explain: bool,  # noqa: FBT001  # as above
    **streamed: Any,
) -> None:
    """Resample a table in a file and write the result to another.

    INPUT is a CSV, Parquet or Arrow IPC file; it is never changed. A result file is complete or not
    there. With --stream, INPUT is a Parquet file, a folder or a quoted pattern, and the result is a folder.

    \b
    Examples:
      poise resample in.csv --target y --out out.parquet
      poise resample in.csv --target y --method smote-tomek --strategy 0.5 --out out.csv
      poise resample in.csv --target y --set k_neighbors=3 --plot p.png --out out.csv
      poise resample in.csv --target y --set neighbor_space=standard --time day --out out.csv
      poise resample in.csv --target y --groups customer --set within_groups=true --out out.csv
      poise resample in.parquet --target y --method random-under --lineage l.csv --out out.arrow
      poise resample big/ --target y --id row --stream --explain
      poise resample big/ --target y --id row --stream --out out/
    """  # noqa: D301  # as above
    start = time.perf_counter()
    parameters = _values.parameters(settings)
    if strategy is not None:
        parameters["sampling_strategy"] = _values.strategy(strategy)
    sampler = _values.sampler_of(method, seed, parameters)
    if stream or explain:
        in_memory = {
            "--time": time_column,
            "--groups": groups,
            "--plot": plot,
            "--lineage": lineage,
        }
        _check_not_given(in_memory, "without --stream")
        options = options_of(**streamed)
        if explain:
            message = explain_streamed(source, sampler, target, options)
            click.echo(json.dumps(message.to_dict(), default=str) if as_json else str(message))
            return
        summary = resample_streamed(source, out, sampler, target, options) | {"method": method}
        click.echo(json.dumps(summary, default=str) if as_json else _values.as_text(summary))
        return
    given = {f"--{name.removesuffix('_column')}": value for name, value in streamed.items()}
    _check_not_given(given, "with --stream")
    if source.is_dir():
        raise FileError(
            f"{str(source)!r} is a folder. Pass a file in it, or pass --stream to read all its Parquet files."
        )
    if out is None:
        raise click.UsageError("Missing option '--out' / '-o'.")
    written = {"--out": out, "--lineage": lineage, "--plot": plot}
    check_paths(source, written, ("--out", "--lineage"))
    if plot is not None:
        _values.check_picture_format(plot)
    with stages(Console(stderr=True)) as stage, warnings_on_stderr():
        stage(f"reading {source.name}")
        table = files.read_file(source)
        stage(f"{method} on {table.num_rows:,} rows")
        features, beside = (
            (table, None) if groups is None else _without_groups(table, groups, target)
        )
        result = resample(features, target=target, method=sampler, time=time_column, groups=beside)
        stage(f"writing {len(result.plan):,} rows")
        made = result.frame()
        if groups is not None:
            position = column_position(table, groups)
            made = made.add_column(position, groups, result.carried["groups"])
        _write(made, result, source, written)
        if plot is not None:
            stage("drawing")
            _draw(result, features, target, type(sampler).__name__, plot)
    summary = {
        "method": method,
        "parameters": parameters,
        "seed": seed,
        "input": str(source),
        "target": target,
        "rows": {"before": table.num_rows, "after": len(result.plan)},
        "classes": _values.class_counts(table[target], result.y),
        "new_rows": int(result.is_new.sum()),
        "removed_rows": table.num_rows - int((~result.is_new).sum()),
        "written": {name[2:]: str(path) for name, path in written.items() if path is not None},
        "seconds": round(time.perf_counter() - start, 3),
    }
    click.echo(json.dumps(summary, default=str) if as_json else _values.as_text(summary))


def _check_not_given(options: Mapping[str, Any], where: str) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        raise InputError(f"{given[0]} can only be used {where}.")


def _without_groups(table: Any, groups: str, target: str) -> tuple[Any, Any]:
    """Return a table without its column of groups, and that column."""
    if groups == target:
        raise InputError(f"--groups and --target are both {target!r}. Pass two columns.")
    return split_target(table, groups)


def _write(made: Any, result: Resampled, source: Path, written: Mapping[str, Path | None]) -> None:
    out, lineage = cast("Path", written["--out"]), written["--lineage"]
    both_csv = files.format_of(source) == files.format_of(out) == "csv"
    files.write_file(made, out, files.delimiter_of(source) if both_csv else ",")
    if lineage is not None:
        origins = frame_from_columns(result.plan.lineage()._asdict(), "pyarrow")
        files.write_file(origins, lineage)


def _draw(result: Resampled, table: Any, target: str, title: str, path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  # loads only when a plot is drawn

    from poise import plot  # noqa: PLC0415  # as above

    figure = Figure((11, 5.5), layout="constrained")
    X, y = split_target(table, target)
    picture = plot.before_after_data(X, y, result.X, result.plan)
    plot.draw(picture, title, figure.subplots(1, 2, sharex=True, sharey=True))
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=120)


for command in (compare_command, diagnose_command, check_split_command):
    cli.add_command(command)
