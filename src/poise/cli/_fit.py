"""poise fit: fit a model on a table in a file, and write it to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from poise.cli._compare import with_settings
from poise.cli._costs import check_one_of_costs, cost_options, costs_of
from poise.cli._explaining import as_table, explained
from poise.cli._model import (
    ENDING,
    StoredModel,
    against_rest,
    command_of,
    read_rows,
    roles_of,
    unfitted,
)
from poise.cli._reading import (
    Reading,
    reading_options,
)
from poise.cli._terminal import (
    DONE,
    check_paths,
    print_text,
    stages,
    warnings_on_stderr,
    write_line,
)
from poise.cli._values import PATH, event_option
from poise.core.errors import InputError
from poise.core.exporting import skops_io
from poise.decisions import (
    AlertBudget,
    CostMatrix,
    CostThreshold,
    FixedThreshold,
    LowestCost,
    TunedThreshold,
)


@click.command("fit")
@click.argument("source", type=PATH, metavar="INPUT")
@click.option("--target", "-t", required=True, help="Column with the class labels.")
@click.option("--out", "-o", type=PATH, help="File for the model (.skops).")
@event_option
@click.option(
    "--approach",
    "-a",
    default="as-is",
    show_default=True,
    help="as-is, class-weights, reweighted, balanced-bagging, tuned-smote, or a method name.",
)
@click.option(
    "--estimator",
    "-e",
    default="boosting",
    show_default=True,
    help="logistic, boosting, tree or k-nn.",
)
@cost_options
@click.option(
    "--metric",
    metavar="METRIC",
    help="Decide at the threshold with the highest value of a metric, such as f1 or balanced_accuracy.",
)
@click.option(
    "--alerts",
    type=int,
    metavar="N",
    help="Decide for the event in at most N rows out of as many as the table has; see --alerts-per.",
)
@click.option(
    "--alerts-per",
    type=int,
    metavar="ROWS",
    help="Number of rows that --alerts is about, such as those of a day.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="APPROACH.NAME=VALUE",
    help="Parameter of the approach, such as smote.k_neighbors=3. May be repeated.",
)
@click.option(
    "--groups",
    help="Column of groups, such as customers, that are never split between folds. It is not a feature.",
)
@click.option(
    "--time",
    "time_column",
    help="Column with the time of each row: the threshold is found on rows later than those it was fitted on. It is not a "
    "feature.",
)
@click.option(
    "--carry",
    "--id",
    multiple=True,
    metavar="COLUMN",
    help="Column that is not a feature, such as an identifier; `poise predict` writes it beside the decisions, and leaves "
    "out those of --drop. May be repeated.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print what is stored beside the model as JSON."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@click.option(
    "--explain",
    is_flag=True,
    help="Only print how each column is read and what would be fitted.",
)
@reading_options
def fit_command(
    source: Path,
    target: str,
    out: Path | None,
    event: str | None,
    approach: str,
    estimator: str,
    costs: tuple[float, float] | None,
    cost_matrix: Path | None,
    metric: str | None,
    alerts: int | None,
    alerts_per: int | None,
    settings: tuple[str, ...],
    groups: str | None,
    time_column: str | None,
    carry: tuple[str, ...],
    as_json: bool,  # noqa: FBT001  # click passes flags by name
    seed: int,
    explain: bool,  # noqa: FBT001  # click passes flags by name
    reading: Reading,
) -> int:
    """Fit a model on a table in a file, and write it to another.

    INPUT is a CSV, Parquet or Arrow IPC file; it is never changed. The model knows how its columns are read, and
    `poise predict` reads new files alike. Its probabilities are corrected for the true shares of the classes. Without
    --costs, --metric and --alerts it decides for the most probable class. `poise compare` says which approach is
    worth it.

    \b
    Examples:
      poise fit in.csv --target churn --out churn.skops
      poise fit in.csv --target fraud --costs 1 20 --groups card --time day --out fraud.skops
      poise fit in.csv --target y -a smote-tomek -e logistic --metric f1 --carry id --out y.skops
      poise fit in.csv --target y --alerts 50 --alerts-per 10000 --out y.skops
    """  # noqa: D301  # \b makes click keep these lines
    check_one_of_costs(costs, cost_matrix)
    _check_one_policy(costs or cost_matrix, metric, alerts, alerts_per)
    check_paths(source, {"--out": out}, {"--out": ENDING})
    roles = roles_of(target, groups, time_column, carry, reading.drop)
    found = with_settings([approach], settings)
    with warnings_on_stderr():
        rows, label = against_rest(*read_rows(source, reading, roles, event))
    given_costs = costs_of(costs, cost_matrix, rows.classes)
    _check_alerts(alerts, alerts_per or rows.X.num_rows)
    policy = _policy(given_costs, metric, alerts, alerts_per or rows.X.num_rows)
    named = approach if found is None else found[approach]
    model = unfitted(rows, named, estimator, policy, label, seed)
    if explain:
        what = f"Would fit {estimator} after {approach} on {rows.X.num_rows:,} rows, and decide by {policy}."
        columns = explained(rows.read, rows.X, rows.kinds)
        if approach == "as-is":
            columns = [{k: v for k, v in one.items() if k != "in new rows"} for one in columns]
        print_text("\n".join([*as_table(columns), "", what]))
        return DONE
    if out is None:
        raise click.UsageError("Missing option '--out' / '-o'.")
    skops_io()
    with stages(reading.console) as stage, warnings_on_stderr():
        stage(f"{approach} with {estimator} on {rows.X.num_rows:,} rows")
        command = command_of(source, approach, settings, estimator, seed)
        stored = StoredModel.of(rows.fitted(model), rows, reading, roles, command)
        stored.write(out)
    print_text(json.dumps(stored.facts, indent=1) if as_json else stored.described())
    write_line(f"Written: {out}")
    return DONE


def _check_one_policy(
    costs: object, metric: str | None, alerts: int | None, per: int | None
) -> None:
    """Raise InputError if several options choose the threshold."""
    given = [
        name
        for name, value in (("--costs", costs), ("--metric", metric), ("--alerts", alerts))
        if value is not None
    ]
    if len(given) > 1:
        raise InputError(f"{given[0]} and {given[1]} each choose the threshold. Pass one of them.")
    if per is not None and alerts is None:
        raise InputError(
            "--alerts-per is the number of rows that --alerts is about. Pass --alerts too."
        )


def _check_alerts(alerts: int | None, per: int) -> None:
    """Raise InputError for a number of alerts that cannot be given."""
    if alerts is not None and not 1 <= alerts <= per:
        raise InputError(
            f"--alerts {alerts} must be from 1 to {per:,}, the number of rows that it is about (--alerts-per)."
        )


def _policy(costs: CostMatrix | None, metric: str | None, alerts: int | None, per: int) -> Any:
    """Return how decisions are made."""
    if costs is not None:
        is_of_two = len(costs.costs) == 2
        return LowestCost(costs) if is_of_two else CostThreshold(costs)
    if alerts is not None:
        return AlertBudget(alerts, rows=per)
    return FixedThreshold() if metric is None else TunedThreshold(metric)  # type: ignore[arg-type]  # checked there
