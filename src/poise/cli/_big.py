"""`poise resample --stream`: resample tables larger than memory."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from poise.cli import _values
from poise.cli._terminal import warnings_on_stderr, write_line
from poise.core.errors import InputError
from poise.core.progress import Report

_OF_RESULTS = ("resume", "restart", "links")  # options that `explain` does not have


def resample_streamed(
    source: Path,
    out: Path | None,
    sampler: Any,
    target: str,
    options: Mapping[str, Any],
    show: Callable[[], contextlib.AbstractContextManager[Report | None]],
) -> dict[str, Any]:
    """Resample a folder or pattern of files into a folder, and return a summary.

    Parameters
    ----------
    source : Path
    out : Path
    sampler : Resampler
    target : str
    options : mapping
        Options of `poise.big.resample`.
    show : callable
        Returns a context with the function that is called with each `Progress`.
    """
    from poise import big  # noqa: PLC0415  # needs pyarrow, and only --stream uses it

    if out is None:
        raise InputError(
            "--out is missing. With --stream, pass the folder for the result, such as --out balanced/."
        )
    with show() as report, warnings_on_stderr():
        try:
            result = big.resample(
                str(source), sampler, target=target, out=out, progress=report or False, **options
            )
        except KeyboardInterrupt:
            if (out.parent / f".{out.name}.unfinished").exists():
                write_line(
                    f"The finished part of {str(out)!r} is kept. To continue, run the same command with --resume."
                )
            raise
    if result.was_there:
        write_line(
            f"{str(out)!r} was there already, made with the same options from files with the same content."
        )
    manifest = result.manifest
    if manifest["extended"] and not result.was_there:
        write_line(_extended(out, manifest["extended"][-1], is_exact=manifest["exact"]))
    before, after = (sum(c.values()) for c in (result.counts_before, result.counts_after))
    note = {"note": _values.REVEALED} if manifest["new_rows"] else {}
    return {
        **manifest,
        **note,
        "source": str(source),
        "rows": {"before": before, "after": after},
        "removed_rows": before + manifest["new_rows"] - after,
        "written": {"out": str(out)},
    }


def _extended(out: Path, added: Mapping[str, Any], *, is_exact: bool) -> str:
    """Return in words what was added to a result that was there."""
    n_files, n_new = len(added["parts"]), sum(added["new_rows"].values())
    files = "1 file" if n_files == 1 else f"{n_files:,} files"
    text = f"{str(out)!r} was extended by {files} of the source with {added['rows']:,} rows"
    if is_exact:
        return f"{text}; it has the rows of one run over the whole source."
    text += (
        f" and by {n_new:,} new rows. They are not those of one run over the whole source, which --if-exists replace "
        "makes."
    )
    more = [f"{n:,} of class {label!r}" for label, n in added["not_needed"].items()]
    return text + (f" New rows that are no longer needed stay: {', '.join(more)}." if more else "")


def explain_streamed(
    source: Path, out: Path | None, sampler: Any, target: str, options: Mapping[str, Any]
) -> Any:
    """Return the explanation of a run: passes, memory, and whether it fits."""
    known = {name: value for name, value in options.items() if name not in _OF_RESULTS}
    from poise import big  # noqa: PLC0415  # as above

    return big.explain(str(source), sampler, target=target, out=out, **known)


def options_of(
    *,
    id_column: str | None,
    memory: str | None,
    rate: str | None,
    order: str | None,
    extra: tuple[str, ...],
    resume: bool,
    restart: bool,
    if_exists: str | None,
    links: str | None,
    carry: Mapping[str, Any],
    roles: Mapping[str, str | None],
    drop: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return command-line arguments as options of `poise.big.resample`."""
    options: dict[str, Any] = {"id": id_column, "resume": resume, "restart": restart}
    choices = {"extra": extra, "if_exists": if_exists, "links": links, **roles}
    options |= {name: value for name, value in choices.items() if value is not None}
    if drop:
        options["drop"] = drop
    if carry:
        options["carry_columns"] = carry
    if memory is not None:
        options["memory"] = memory
    if rate is not None:
        options["rate"] = _values.strategy(rate, "--rate")
    if order is not None:
        options["order"] = order
    return options


@contextlib.contextmanager
def bars(console: Console) -> Iterator[Report]:
    """Yield a function that shows each pass as a progress bar."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(10),
        TextColumn("{task.percentage:>3.0f}% {task.completed:,.0f} rows"),
        TextColumn("{task.fields[megabytes]:,.0f} MB"),
        TimeElapsedColumn(table_column=Column(min_width=7)),
    )
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, Any] = {}

        def report(done: Any) -> None:
            if done.stage not in tasks:
                tasks[done.stage] = progress.add_task(done.stage, total=1, megabytes=0)
            total = max(done.n_total, done.n_done)
            progress.update(
                tasks[done.stage], completed=done.n_done, total=total, megabytes=done.n_bytes / 1e6
            )

        yield report
