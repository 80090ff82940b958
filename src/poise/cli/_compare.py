"""poise compare: what to do about an imbalanced table in a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from poise.cli._terminal import check_paths, warnings_on_stderr, write_line
from poise.cli._values import label_named, read_with_target
from poise.comparison import compare
from poise.core.progress import format_seconds
from poise.core.tables.convert import column_position, split_target
from poise.decisions import CostMatrix

_PATH = click.Path(path_type=Path)


@click.command("compare")
@click.argument("source", type=_PATH, metavar="INPUT")
@click.option("--target", "-t", required=True, help="Column that holds the two classes.")
@click.option("--out", "-o", type=_PATH, help="Write the report to this file (.html).")
@click.option("--json", "json_path", type=_PATH, help="Write everything to this file, as JSON.")
@click.option("--markdown", type=_PATH, help="Write advice and verdicts to this file.")
@click.option("--event", help="The class that matters; by default the rarer one.")
@click.option(
    "--approach",
    "-a",
    "approaches",
    multiple=True,
    help="as-is, class-weights, or a method; may be repeated.",
)
@click.option(
    "--estimator",
    "-e",
    "estimators",
    multiple=True,
    help="logistic, boosting, tree or k-nn; may be repeated.",
)
@click.option(
    "--ratio",
    "ratios",
    type=float,
    multiple=True,
    help="Each sampler also with this share of what it does, such as 0.5; may be repeated.",
)
@click.option("--cv", type=int, default=5, show_default=True, help="Folds.")
@click.option("--repeats", type=int, help="Repeats of the folds; 5 below 10,000 rows, else 2.")
@click.option("--groups", help="Column whose groups are kept whole in the folds.")
@click.option("--time", "time_column", help="Column that dates the rows: folds walk forward in it.")
@click.option("--costs", nargs=2, type=float, metavar="FALSE_ALARM MISS", help="What each costs.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of all that is drawn.")
@click.option("--jobs", type=int, help="Approaches run at once; by default all cores.")
@click.option("--budget", type=float, metavar="SECONDS", help="Begin no new fold after this long.")
@click.option("--resume", type=_PATH, help="Keep whole folds in this file, and go on from it.")
def compare_command(
    source: Path,
    target: str,
    out: Path | None,
    json_path: Path | None,
    markdown: Path | None,
    event: str | None,
    approaches: tuple[str, ...],
    estimators: tuple[str, ...],
    ratios: tuple[float, ...],
    cv: int,
    repeats: int | None,
    groups: str | None,
    time_column: str | None,
    costs: tuple[float, float] | None,
    seed: int,
    jobs: int | None,
    budget: float | None,
    resume: Path | None,
) -> None:
    """Compare approaches to imbalance on a table in a file, and tell which one is worth it.

    INPUT is a CSV, Parquet or Arrow IPC file; it is never changed. Ctrl-C ends early, with the folds
    that are done.

    \b
    Examples:
      poise compare in.csv --target churn --out report.html
      poise compare in.csv --target fraud --costs 1 20 --time day --out report.html
      poise compare in.parquet --target y -a smote -a random-under -e boosting --json r.json
    """  # noqa: D301  # click takes the control character for: keep these lines
    written = {"--out": out, "--json": json_path, "--markdown": markdown}
    check_paths(source, written)
    X, y = read_with_target(source, target)
    beside: dict[str, Any] = {}
    for name, column in (("groups", groups), ("time", time_column)):
        if column is not None:
            column_position(X, column)  # names the nearest where there is none
            X, beside[name] = split_target(X, column)
    label = label_named(event, y, target)
    with _bar(Console(stderr=True)) as progress, warnings_on_stderr():
        result = compare(
            X,
            y,
            approaches=list(approaches) or None,
            estimators=list(estimators) or None,
            ratios=ratios,
            cv=cv,
            n_repeats=repeats,
            costs=None
            if costs is None
            else CostMatrix.of_two(false_positive=costs[0], false_negative=costs[1]),
            pos_label=label,
            random_state=seed,
            n_jobs=jobs,
            progress=progress,
            time_budget=budget,
            resume=resume,
            **beside,
        )
    click.echo(result.summary())
    for path, write in (
        (out, result.to_html),
        (json_path, result.to_json),
        (markdown, result.to_markdown),
    ):
        if path is not None:
            write(path)
            write_line(f"Written: {path}")


@contextlib.contextmanager
def _bar(console: Console) -> Iterator[Any]:
    """Give what `compare` takes for progress: a bar on a terminal."""
    if not console.is_terminal:
        yield False
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("folds", total=None, left="")

        def report(done: Any) -> None:
            left = f"{format_seconds(done.seconds_left)} left"
            bar.update(task, completed=done.n_done, total=done.n_total, left=left)

        yield report
