"""poise diagnose and poise check-split: check a table, and check a split for leaks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from poise.cli._terminal import DONE, FOUND, check_paths, stages, warnings_on_stderr, write_line
from poise.cli._values import event_option, label_named, read_with_target
from poise.core.files import formats as files
from poise.diagnosis import Finding, diagnose
from poise.diagnosis._forensics import check_split

_PATH = click.Path(path_type=Path)
_NEVER = "never"


@click.command("diagnose")
@click.argument("source", type=_PATH, metavar="INPUT")
@click.option("--target", "-t", required=True, help="Column with the class labels.")
@event_option
@click.option(
    "--mute", multiple=True, help="Code or name of a check to leave out. May be repeated."
)
@click.option(
    "--fail-on",
    type=click.Choice([_NEVER, "note", "warning", "error"]),
    default=_NEVER,
    show_default=True,
    help="Exit with code 1 if a finding has at least this severity.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--out", "-o", type=_PATH, help="File for the findings as a page (.html).")
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@click.option("--jobs", type=int, help="Number of threads; by default one per core.")
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
    """Check a table before it is resampled, and advise what to do.

    INPUT is a CSV, Parquet or Arrow IPC file; it is never changed.

    \b
    Examples:
      poise diagnose in.csv --target churn
      poise diagnose in.parquet --target fraud --fail-on warning --mute enough-rows
      poise diagnose in.csv --target y --json
    """  # noqa: D301  # \b makes click keep these lines
    check_paths(source, {"--out": out})
    with stages(Console(stderr=True)) as stage, warnings_on_stderr():
        stage(f"reading {source.name}")
        X, y = read_with_target(source, target)
        label = label_named(event, y, target)
        stage(f"checking {len(y):,} rows")
        found = diagnose(X, y, pos_label=label, mute=mute, random_state=seed, n_jobs=jobs)
    click.echo(found.to_json() if as_json else found.summary())
    if out is not None:
        found.to_html(out)
        write_line(f"Written: {out}")
    serious: list[Finding] = [] if fail_on == _NEVER else found.at_least(fail_on)
    if serious:
        write_line(
            f"Failed: {len(serious)} finding{'s' if len(serious) > 1 else ''} of severity {fail_on} or higher."
        )
        return FOUND
    return DONE


@click.command("check-split")
@click.argument("train", type=_PATH)
@click.argument("test", type=_PATH)
@click.option("--target", "-t", required=True, help="Column with the class labels, in both files.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@click.option(
    "--rows", "rows_path", type=_PATH, help="File for the suspicious rows (.csv, .parquet, .arrow)."
)
def check_split_command(
    train: Path,
    test: Path,
    target: str,
    as_json: bool,  # noqa: FBT001  # as above
    rows_path: Path | None,
) -> int:
    """Check whether test rows were made from training rows, or repeat them.

    TRAIN and TEST are CSV, Parquet or Arrow IPC files with the same columns. The exit code is 1 if the
    split leaks.

    \b
    Examples:
      poise check-split train.parquet test.parquet --target y
      poise check-split train.csv test.csv --target churn --rows suspicious.csv
    """  # noqa: D301  # as above
    for source in (train, test):
        check_paths(source, {"--rows": rows_path}, ("--rows",))
    with stages(Console(stderr=True)) as stage, warnings_on_stderr():
        parts: list[Any] = []
        for source in (train, test):
            stage(f"reading {source.name}")
            parts += read_with_target(source, target)
        stage("searching for test rows on lines between training rows")
        found = check_split(*parts)
    n_suspicious = len(found.rows["row"])
    if as_json:
        whole = {
            "verdict": found.verdict,
            "reasons": found.reasons,
            "suspicious_rows": n_suspicious,
        }
        click.echo(json.dumps(whole))
    else:
        click.echo(found.summary())
    if rows_path is not None:
        files.write_file(found.frame("pyarrow"), rows_path)
        write_line(f"Written: {rows_path}")
    if found.is_leak:
        return FOUND
    return DONE
