"""poise predict: probabilities and decisions of a model for the rows of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from poise.cli._explaining import as_table
from poise.cli._model import StoredModel
from poise.cli._reading import Reading, reading_options, without
from poise.cli._record import record_of
from poise.cli._terminal import (
    DONE,
    check_paths,
    print_text,
    stages,
    warnings_on_stderr,
    write_line,
)
from poise.cli._values import PATH
from poise.core.errors import InputError
from poise.core.files.arrow import arrow
from poise.core.files.csv_writing import cells_of
from poise.core.files.formats import FileTable, format_of, write_cells, write_table

_DECISION, _PROBABILITY, _THRESHOLD = "decision", "probability", "threshold"


@click.command("predict")
@click.argument("model", type=PATH)
@click.argument("source", type=PATH, metavar="INPUT")
@click.option("--out", "-o", type=PATH, help="File for the result (.csv, .parquet or .arrow).")
@click.option("--json", "as_json", is_flag=True, help="Print the numbers of decisions as JSON.")
@click.option(
    "--explain", is_flag=True, help="Only print what the model is and how each column is read."
)
@reading_options
def predict_command(
    model: Path,
    source: Path,
    out: Path | None,
    as_json: bool,  # noqa: FBT001  # click passes flags by name
    explain: bool,  # noqa: FBT001  # click passes flags by name
    reading: Reading,
) -> int:
    """Write the probabilities and decisions of a model for the rows of a file.

    MODEL is a file of `poise fit` or of `poise compare --model`. INPUT is read as the table that the model was fitted
    on; its columns may stand in another order, and there may be more. The result has the rows of INPUT with three more
    columns: the probability of the event, the decision, and the threshold; with several classes, a probability for each
    of them and the decision. Columns that --drop names here, or named for `poise fit`, are left out of the result.

    \b
    Examples:
      poise predict churn.skops today.csv --out scored.csv
      poise predict churn.skops today.csv --explain
    """  # noqa: D301  # \b makes click keep these lines
    check_paths(source, {"--out": out}, {"--out": None})
    stored = StoredModel.load(model)
    with warnings_on_stderr():
        read = stored.read(source, reading)
        for note in stored.new_categories(read.table):
            reading.print_note(f"Note: {note}.")
    if explain:
        print_text("\n".join([stored.described(), "", *as_table(_explained(stored, read))]))
        return DONE
    if out is None:
        raise click.UsageError("Missing option '--out' / '-o'.")
    there = read.whole.column_names
    left_out = [name for name in stored.facts["dropped"] if name in there]
    kept = without(without(read, left_out), [one for one in reading.drop if one not in left_out])
    with stages(reading.console) as stage, warnings_on_stderr():
        stage(f"{read.table.num_rows:,} rows")
        columns = _scored(stored, read.table)
        for name in columns:
            if name in kept.whole.column_names:
                raise InputError(
                    f"The table already has a column {name!r}, which the result adds. Leave it out (--drop {name})."
                )
        _write(kept, columns, (stored.facts["csv"] or {}).get("labels", {}), out)
    decided = columns[_DECISION].value_counts().to_pylist()
    counts = ", ".join(f"{one['values']} {one['counts']:,}" for one in decided)
    if as_json:
        decided_by = {str(one["values"]): one["counts"] for one in decided}
        facts = {"rows": read.table.num_rows, "decisions": decided_by, "model": stored.facts}
        print_text(json.dumps({**facts, "run": record_of(model, source)}))
    else:
        n = read.table.num_rows
        print_text(f"{n:,} row{'s' if n > 1 else ''} decided: {counts}.")
    write_line(f"Written: {out}")
    return DONE


def _scored(stored: StoredModel, table: Any) -> dict[str, Any]:
    """Return the columns that the result adds."""
    features = table.select(list(stored.facts["columns"]))
    model = stored.model
    proba, classes = model.predict_proba(features), [label.item() for label in model.classes_]
    array = arrow().array
    decision = array(model.predict(features).tolist())
    if len(classes) > 2:
        of_classes = {
            f"{_PROBABILITY}_{label}": array(proba[:, place]) for place, label in enumerate(classes)
        }
        return {**of_classes, _DECISION: decision}
    event = classes.index(stored.facts["event"])
    threshold = np.full(len(proba), stored.facts["threshold"])
    return {
        _PROBABILITY: array(proba[:, event]),
        _DECISION: decision,
        _THRESHOLD: array(threshold),
    }


def _write(read: FileTable, columns: dict[str, Any], labels: dict[str, str], out: Path) -> None:
    """Write the rows of a file with more columns; cells of a CSV file stay as they were, and `labels` are written alike."""
    if read.csv is not None and format_of(out) == "csv":
        cells = {column.name: column.texts for column in read.csv.columns}
        has_commas = any(column.numbers.decimal == "," for column in read.csv.columns)
        for name, values in columns.items():
            if name == _DECISION:
                texts = [labels.get(str(label), str(label)) for label in values.to_pylist()]
                cells[name] = arrow().chunked_array([texts])
                continue
            written = cells_of(arrow().chunked_array([values]))
            if has_commas:
                written = arrow("compute").replace_substring(written, ".", ",")
            cells[name] = written
        write_cells(cells, out, read.csv.dialect.for_file(out))
        return
    table = read.whole
    for name, values in columns.items():
        table = table.append_column(name, values)
    write_table(table, out)


def _explained(stored: StoredModel, read: FileTable) -> list[dict[str, str]]:
    """Return for each column how it was read, and what it is in the model."""
    facts = stored.facts
    columns = {
        **dict.fromkeys(facts["dropped"], "left out"),
        **dict.fromkeys(facts["carried"], "carried"),
        **facts["columns"],
    }
    as_read = (
        {column.name: column.described() for column in read.csv.columns}
        if read.csv is not None
        else {field.name: str(field.type) for field in read.table.schema}
    )
    return [
        {"column": name, "read as": as_read[name], "in the model": columns.get(name, "not used")}
        for name in read.table.column_names
    ]
