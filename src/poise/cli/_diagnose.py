"""poise diagnose and poise check-split: what a table is like, and whether a split leaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from poise.cli._terminal import DONE, FOUND, check_paths, stages, warnings_on_stderr, write_line
from poise.cli._values import label_named, read_with_target
from poise.core import files
from poise.diagnosis import Finding, diagnose
from poise.diagnosis._forensics import check_split

_PATH = click.Path(path_type=Path)
_NEVER = "never"


@click.command("diagnose")
@click.argument("source", type=_PATH, metavar="INPUT")
@click.option("--target", "-t", required=True, help="Column that holds the classes.")
@click.option("--event", help="The class that matters; by default the rarest one.")
@click.option(
    "--mute", multiple=True, help="Code or name of a check to leave out; may be repeated."
)
@click.option(
    "--fail-on",
    type=click.Choice([_NEVER, "note", "warning", "error"]),
    default=_NEVER,
    show_default=True,
    help="Leave with exit code 1 where a finding is this grave or graver.",
)
@click.option("--json", "as_json", is_flag=True, help="Print facts and findings as JSON.")
@click.option("--out", "-o", type=_PATH, help="Write a page to this file (.html).")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all that is drawn.")
@click.option("--jobs", type=int, help="Threads; by default all cores.")
def diagnose_command(
    source: Path,
    target: str,
    event: str | None,
    mute: tuple[str, ...],
    fail_on: str,
    as_json: bool,  # noqa: FBT001  # click passes flags by name
    out: Path | None,
    seed: int,
    jobs: int | None,
) -> int:
    """Tell what a table is like before it is resampled, and what to do.

    INPUT is a CSV, Parquet or Arrow IPC file; it is never changed.

    \b
    Examples:
      poise diagnose in.csv --target churn
      poise diagnose in.parquet --target fraud --fail-on warning --mute enough-rows
      poise diagnose in.csv --target y --json
    """  # noqa: D301  # click takes the control character for: keep these lines
    check_paths(source, {"--out": out})
    with stages(Console(stderr=True)) as stage, warnings_on_stderr():
        stage(f"reading {source.name}")
        X, y = read_with_target(source, target)
        label = label_named(event, y, target)
        stage(f"looking at {len(y):,} rows")
        found = diagnose(X, y, pos_label=label, mute=mute, random_state=seed, n_jobs=jobs)
    click.echo(found.to_json() if as_json else found.summary())
    if out is not None:
        found.to_html(out)
        write_line(f"Written: {out}")
    grave: list[Finding] = [] if fail_on == _NEVER else found.at_least(fail_on)
    if grave:
        write_line(
            f"Failed: {len(grave)} finding{'s' if len(grave) > 1 else ''} of {fail_on} or graver."
        )
        return FOUND
    return DONE


@click.command("check-split")
@click.argument("train", type=_PATH)
@click.argument("test", type=_PATH)
@click.option("--target", "-t", required=True, help="Column that holds the classes, in both files.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.option(
    "--rows", "rows_path", type=_PATH, help="Write the suspects to this file (CSV, Parquet, Arrow)."
)
def check_split_command(
    train: Path,
    test: Path,
    target: str,
    as_json: bool,  # noqa: FBT001  # as above
    rows_path: Path | None,
) -> int:
    """Tell whether test rows are made of training rows, or repeat them.

    TRAIN and TEST are CSV, Parquet or Arrow IPC files of the same columns. The exit code is 1 on a leak.

    \b
    Examples:
      poise check-split train.parquet test.parquet --target y
      poise check-split train.csv test.csv --target churn --rows suspects.csv
    """  # noqa: D301  # as above
    for source in (train, test):
        check_paths(source, {"--rows": rows_path}, ("--rows",))
    with stages(Console(stderr=True)) as stage, warnings_on_stderr():
        parts: list[Any] = []
        for source in (train, test):
            stage(f"reading {source.name}")
            parts += read_with_target(source, target)
        stage("looking for test rows on lines between training rows")
        found = check_split(*parts)
    n_suspects = len(found.rows["row"])
    if as_json:
        whole = {"verdict": found.verdict, "reasons": found.reasons, "suspects": n_suspects}
        click.echo(json.dumps(whole))
    else:
        click.echo(found.summary())
    if rows_path is not None:
        files.write_file(found.frame("pyarrow"), rows_path)
        write_line(f"Written: {rows_path}")
    if found.is_leak:
        return FOUND
    return DONE
