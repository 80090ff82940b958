"""poise compare: compare approaches to imbalance on a table in a file."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from poise._methods import METHODS
from poise.cli import _signals
from poise.cli._costs import check_one_of_costs, cost_options, costs_of
from poise.cli._explaining import as_table, explained
from poise.cli._model import ENDING, StoredModel, against_rest, command_of, read_rows, roles_of
from poise.cli._reading import (
    Reading,
    reading_options,
    role_options,
)
from poise.cli._record import record_of
from poise.cli._terminal import (
    DONE,
    PAGES,
    check_paths,
    print_text,
    warnings_on_stderr,
    write_each,
    write_line,
)
from poise.cli._values import PATH, event_option, parameters
from poise.comparison import compare
from poise.comparison.advice import recommended_arm
from poise.comparison.approaches import DEFAULT_APPROACHES, read_approaches
from poise.comparison.estimators import DEFAULT_ESTIMATORS
from poise.core.errors import UnknownNameError, listed, nearest_name
from poise.core.exporting import skops_io
from poise.core.files import written as written_text
from poise.core.progress import Report, format_seconds
from poise.core.types import ComparedEstimator, EffectPrior, choices
from poise.study.statistics import default_repeats

_STDOUT = Path("-")


@click.command("compare")
@click.argument("source", type=PATH, metavar="INPUT")
@click.option("--target", "-t", required=True, help="Column with the class labels.")
@click.option("--out", "-o", type=PATH, help="File for the report (.html).")
@click.option(
    "--json", "json_path", type=PATH, help="File for all results, as JSON; - is standard output."
)
@click.option(
    "--model",
    "model_path",
    type=PATH,
    help="File for the advised model, fitted on all rows (.skops); `poise predict` reads it.",
)
@click.option("--markdown", type=PATH, help="File for the advice and the verdicts, as Markdown.")
@event_option
@click.option(
    "--approach",
    "-a",
    "approaches",
    multiple=True,
    help="as-is, class-weights, reweighted, balanced-bagging, tuned-smote, or a method name. May be repeated.",
)
@click.option(
    "--estimator",
    "-e",
    "estimators",
    multiple=True,
    help="logistic, boosting, tree or k-nn. May be repeated.",
)
@click.option(
    "--ratio",
    "ratios",
    type=float,
    multiple=True,
    help="Also run each sampler with this share of its changes, such as 0.5. May be repeated.",
)
@click.option("--cv", type=int, default=5, show_default=True, help="Number of folds.")
@click.option(
    "--repeats", type=int, help="Number of repeats; by default 5 below 10,000 rows, else 2."
)
@click.option(
    "--groups", help="Column of groups, such as customers, that are never split between folds."
)
@click.option(
    "--time",
    "time_column",
    help="Column with the time of each row: every fold is tested on rows later than its training rows.",
)
@cost_options
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="APPROACH.NAME=VALUE",
    help="Parameter of an approach, such as smote.k_neighbors=3. May be repeated.",
)
@click.option(
    "--metric",
    "--primary-metric",
    "primary_metric",
    metavar="METRIC",
    help="Metric that the advice decides by, such as f1 or neg_log_loss; by default average_precision, or cost.",
)
@click.option(
    "--margin",
    "margins",
    nargs=2,
    type=(str, float),
    multiple=True,
    metavar="METRIC SIZE",
    help="Differences in a metric up to this size do not matter. May be repeated.",
)
@click.option(
    "--effect-prior",
    type=click.Choice(choices(EffectPrior)),
    default="reference",
    show_default=True,
    help="Judge gains with what other tables show, or flat: by these rows alone.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@click.option(
    "--jobs", type=int, help="Number of approaches to run in parallel; by default one per core."
)
@click.option("--budget", type=float, metavar="SECONDS", help="Start no new fold after this time.")
@click.option(
    "--resume", type=PATH, help="File that stores finished folds; a later run continues from it."
)
@click.option(
    "--explain",
    is_flag=True,
    help="Only print how each column is read and what would be compared.",
)
@reading_options
@role_options("id")
def compare_command(
    source: Path,
    target: str,
    out: Path | None,
    json_path: Path | None,
    markdown: Path | None,
    model_path: Path | None,
    event: str | None,
    approaches: tuple[str, ...],
    estimators: tuple[str, ...],
    ratios: tuple[float, ...],
    cv: int,
    repeats: int | None,
    groups: str | None,
    time_column: str | None,
    costs: tuple[float, float] | None,
    cost_matrix: Path | None,
    settings: tuple[str, ...],
    primary_metric: str | None,
    margins: tuple[tuple[str, float], ...],
    effect_prior: EffectPrior,
    seed: int,
    jobs: int | None,
    budget: float | None,
    resume: Path | None,
    explain: bool,  # noqa: FBT001  # click passes flags by name
    reading: Reading,
) -> int:
    """Compare approaches to imbalance on a table in a file, and advise which one to use.

    INPUT is a CSV, Parquet or Arrow IPC file; it is never changed. Ctrl-C stops early and reports the folds
    that are finished.

    \b
    Examples:
      poise compare in.csv --target churn --out report.html
      poise compare in.csv --target fraud --costs 1 20 --time day --out report.html
      poise compare in.parquet --target y -a smote -a random-under -e boosting --json r.json
      poise compare in.csv --target y --out report.html --model y.skops
      poise compare in.csv --target y --event bad --metric f1 --set smote.k_neighbors=3
    """  # noqa: D301  # \b makes click keep these lines
    check_one_of_costs(costs, cost_matrix)
    to_stdout = json_path == _STDOUT
    written = {
        "--out": out,
        "--json": None if to_stdout else json_path,
        "--markdown": markdown,
        "--model": model_path,
        "--resume": resume,
    }
    endings = {"--json": (".json",), "--markdown": (".md", ".markdown"), "--model": ENDING}
    check_paths(source, written, {"--out": PAGES, **endings})
    if model_path is not None:
        skops_io()  # raises before the work if it is not installed
    compared = with_settings(approaches, settings)
    roles = roles_of(target, groups, time_column, (), reading.drop)
    with warnings_on_stderr():
        rows, label = read_rows(source, reading, roles, event)
    X, y = rows.X, rows.y
    given_costs = costs_of(costs, cost_matrix, against_rest(rows, label)[0].classes)
    if explain:
        names = [one.name for one in read_approaches(compared, ratios)]
        fitted = list(estimators) or list(DEFAULT_ESTIMATORS)
        folds = cv * (default_repeats(len(y)) if repeats is None else repeats)
        planned = (
            f"Would compare {len(names)} approaches ({', '.join(names)}) with {', '.join(fitted)}, in {folds} folds: "
            f"{len(names) * len(fitted) * folds:,} fits."
        )
        print_text("\n".join([*as_table(explained(rows.read, X, rows.kinds)), "", planned]))
        return DONE
    with reading.progress(_bar) as progress, warnings_on_stderr():
        result = compare(
            X,
            y,
            approaches=compared,
            estimators=[cast("ComparedEstimator", name) for name in estimators] or None,
            ratios=ratios,
            cv=cv,
            n_repeats=repeats,
            costs=given_costs,
            primary_metric=primary_metric,
            equivalence_margin=dict(margins) or None,
            effect_prior=effect_prior,
            pos_label=label,
            random_state=seed,
            n_jobs=jobs,
            progress=progress or False,
            time_budget=budget,
            resume=resume,
            column_kinds=rows.kinds,
            **rows.beside,
        )

    def write_model(path: Path) -> None:
        own, event_label = against_rest(rows, label)
        advised = result.recommended()
        if event_label is not None:
            advised.set_params(pos_label=event_label, estimator__pos_label=event_label)
        fitted = own.fitted(advised)
        arm = cast("tuple[str, str]", recommended_arm(result))
        command = command_of(source, arm[1], settings, arm[0], seed)
        stored = StoredModel.of(fitted, own, reading, roles, command)
        stored.write(path)
        reading.print_note(stored.described())

    def write_all(path: Path | None = None) -> str:
        whole = {**json.loads(result.to_json()), "run": record_of(source)}
        return written_text(json.dumps(whole, allow_nan=False), path)

    if to_stdout:
        print_text(write_all())
        json_path = None
    code, done = write_each(
        ("json", json_path, write_all),
        ("markdown", markdown, result.to_markdown),
        ("out", out, result.to_html),
        ("model", model_path, write_model),
    )
    (write_line if to_stdout else print_text)(result.summary())
    for path in done.values():
        write_line(f"Written: {path}")
    return _signals.exit_code() if _signals.received() else code


def with_settings(names: Sequence[str], settings: Sequence[str]) -> dict[str, Any] | None:
    """Return approaches by name, with the parameters of ``APPROACH.NAME=VALUE`` arguments; None for the default ones.

    Raises
    ------
    UnknownNameError
        If an approach is not compared, or has no such parameter.
    InputError
        If a value cannot be used.
    """
    if not names and not settings:
        return None
    found: dict[str, Any] = {name: name for name in names or DEFAULT_APPROACHES}
    # Names of options may be written with - or _, and so may those of approaches.
    named = {name.replace("-", "_"): name for name in found if name.partition("@")[0] in METHODS}
    for key, value in parameters(settings).items():
        written, _, parameter = key.rpartition(".")
        if written not in named:
            there_are = f"; those are {listed(list(named.values()))}" if named else ""
            raise UnknownNameError(
                f"--set {key}={value}: no approach {written!r} with parameters was asked for{there_are}. Name one with --approach, and write it like "
                "this: --set smote.k_neighbors=3."
            )
        name = named[written]
        if found[name] == name:
            found[name] = read_approaches([name])[-1].sampler
        sampler = found[name].sampler if "@" in name else found[name]
        known = sampler.get_params()
        if parameter not in known:
            raise UnknownNameError(
                f"--set {key}={value}: {name} has no parameter {parameter!r}; it has {listed(known, limit=None)}."
                f"{nearest_name(parameter, known)}"
            )
        sampler.set_params(**{parameter: value}).check_parameters()
    return found


@contextlib.contextmanager
def _bar(console: Console) -> Iterator[Report]:
    """Yield a function that shows a progress bar."""
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
