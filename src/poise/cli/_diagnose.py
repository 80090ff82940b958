"""poise diagnose and poise check-split: check a table, and check a split for leaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click

from poise.cli._explaining import as_table, explained
from poise.cli._reading import (
    Reading,
    kinds_of,
    read_with_target,
    reading_options,
    role_options,
)
from poise.cli._record import record_of
from poise.cli._terminal import (
    CANNOT_TELL,
    DONE,
    FOUND,
    PAGES,
    check_paths,
    print_text,
    stages,
    warnings_on_stderr,
    write_each,
    write_line,
)
from poise.cli._values import PATH, event_option, label_named
from poise.core.files.formats import write_table
from poise.core.types import Severity
from poise.diagnosis import Finding, diagnose
from poise.diagnosis._diagnose import CHECKS
from poise.diagnosis._evidence import CANNOT_TELL as NO_VERDICT
from poise.diagnosis._forensics import check_split

_NEVER = "never"

# What is needed to run a command again, as `_record.record_of` returns it.
_RUN_SCHEMA: dict[str, Any] = {
    "description": "What is needed to run the command again: its words, its files with their hashes, and versions.",
    "type": "object",
    "required": ["command", "folder", "inputs", "started", "versions"],
    "properties": {
        "command": {"type": "array", "items": {"type": "string"}},
        "folder": {"type": "string"},
        "inputs": {"type": "array", "items": {"type": "object"}},
        "started": {"type": "string"},
        "versions": {"type": "object"},
    },
}
# Of the output of `diagnose --json`, in the vocabulary of JSON Schema 2020-12.
DIAGNOSIS_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "poise diagnose",
    "type": "object",
    "additionalProperties": False,
    "required": ["format", "poise", "facts", "findings", "classes", "confusion", "run"],
    "properties": {
        "format": {"type": "integer"},
        "poise": {"description": "The version that wrote it.", "type": "string"},
        "facts": {
            "description": "n_rows, n_columns, n_events, event, muted; n_classes with several classes.",
            "type": "object",
        },
        "findings": {
            "description": "One for each check, in the order of the codes.",
            "type": "array",
            "items": {
                "type": "object",
                "required": [
                    "code",
                    "name",
                    "status",
                    "severity",
                    "message",
                    "evidence",
                    "why",
                    "advice",
                ],
                "properties": {
                    "code": {"description": "Stable between versions.", "type": "string"},
                    "name": {"description": "Stable between versions.", "type": "string"},
                    "status": {"enum": ["issue", "tip", "passed", "not applicable"]},
                    "severity": {"enum": ["error", "warning", "note", ""]},
                    "message": {"type": "string"},
                    "evidence": {"description": "Numbers, rows and columns.", "type": "object"},
                    "why": {"type": "string"},
                    "advice": {"description": "Empty if nothing is to be done.", "type": "string"},
                },
            },
        },
        "classes": {
            "description": "With several classes, one for each; else empty.",
            "type": "array",
            "items": {"type": "object"},
        },
        "confusion": {
            "description": "With several classes: their names, and the share of each that is decided for each.",
            "type": ["object", "null"],
        },
        "run": _RUN_SCHEMA,
    },
}


def _schema_option(schema: dict[str, Any]) -> Callable[..., Any]:
    """Return an option that prints the schema of what --json prints, and ends the command."""

    def print_schema(context: click.Context, _: click.Parameter, is_wanted: bool) -> None:  # noqa: FBT001  # as click calls it
        if is_wanted:
            print_text(json.dumps(schema, indent=1))
            context.exit()

    return click.option(
        "--json-schema",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=print_schema,
        help="Only print the JSON Schema of what --json prints.",
    )


@click.command("diagnose")
@click.argument("source", type=PATH, metavar="INPUT")
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
@_schema_option(DIAGNOSIS_SCHEMA)
@click.option("--out", "-o", type=PATH, help="File for the findings as a page (.html).")
@click.option("--seed", type=int, default=0, show_default=True, help="Random seed.")
@click.option("--jobs", type=int, help="Number of threads; by default one per core.")
@click.option(
    "--explain",
    is_flag=True,
    help="Only print how each column is read and what would be checked.",
)
@reading_options
@role_options("id", "groups", "time")
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
    explain: bool,  # noqa: FBT001  # as above
    reading: Reading,
) -> int:
    """Check a table before it is resampled, and advise what to do.

    INPUT is a CSV, Parquet or Arrow IPC file; it is never changed.

    \b
    Examples:
      poise diagnose in.csv --target churn
      poise diagnose in.parquet --target fraud --fail-on warning --mute enough-rows
      poise diagnose in.csv --target y --json
    """  # noqa: D301  # \b makes click keep these lines
    check_paths(source, {"--out": out}, {"--out": PAGES})
    with stages(reading.console) as stage, warnings_on_stderr():
        stage(f"reading {source.name}")
        read, X, y = read_with_target(source, target, reading)
        label = label_named(event, y, target, read)
        kinds = kinds_of(read, X, None, reading)
        if explain:
            checks = [
                f"  {check.code} {check.name}"
                for check, _ in CHECKS
                if not {check.code, check.name} & set(mute)
            ]
            print_text("\n".join([*as_table(explained(read, X, kinds)), "", "Checks:", *checks]))
            return DONE
        stage(f"checking {len(y):,} rows")
        lines = None if reading.console.is_terminal else reading.lines()
        found = diagnose(
            X,
            y,
            pos_label=label,
            mute=mute,
            random_state=seed,
            n_jobs=jobs,
            column_kinds=kinds,
            progress=(lambda done: stage(str(done))) if lines is None else lines,
        )
    code, done = write_each(("out", out, found.to_html))
    if as_json:
        print_text(json.dumps({**json.loads(found.to_json()), "run": record_of(source)}))
    else:
        print_text(found.summary())
    for path in done.values():
        write_line(f"Written: {path}")
    serious: list[Finding] = [] if fail_on == _NEVER else found.at_least(cast("Severity", fail_on))
    if serious:
        write_line(
            f"Failed: {len(serious)} finding{'s' if len(serious) > 1 else ''} of severity {fail_on} or higher."
        )
        return FOUND
    return code


# Of the output of `check-split --json`, in the vocabulary of JSON Schema 2020-12.
SPLIT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "poise check-split",
    "type": "object",
    "additionalProperties": False,
    "required": ["verdict", "reasons", "certainty", "advice", "suspicious_rows", "rows", "run"],
    "properties": {
        "verdict": {"enum": ["leak", "clean", "cannot tell"]},
        "reasons": {
            "description": "The reason of the verdict first.",
            "type": "array",
            "items": {"type": "string"},
        },
        "certainty": {"description": "How sure the verdict is.", "type": "string"},
        "advice": {"description": "What to do; empty if nothing.", "type": "string"},
        "run": _RUN_SCHEMA,
        "suspicious_rows": {"description": "Number of them.", "type": "integer", "minimum": 0},
        "rows": {
            "description": "The first 100 suspicious rows. Row numbers start at 0 in each file.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["row", "class", "how", "first", "second", "gap"],
                "properties": {
                    "row": {"description": "Row of TEST.", "type": "integer"},
                    "class": {"type": ["string", "number", "boolean"]},
                    "how": {"enum": ["line", "pair"]},
                    "first": {"description": "Row of TRAIN.", "type": "integer"},
                    "second": {"description": "Row of TRAIN; -1 for a pair.", "type": "integer"},
                    "gap": {
                        "description": "Position from first (0) to second (1), or beyond; null for a pair.",
                        "type": ["number", "null"],
                    },
                },
            },
        },
    },
}


@click.command("check-split")
@click.argument("train", type=PATH)
@click.argument("test", type=PATH)
@click.option("--target", "-t", required=True, help="Column with the class labels, in both files.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
@_schema_option(SPLIT_SCHEMA)
@click.option(
    "--rows", "rows_path", type=PATH, help="File for the suspicious rows (.csv, .parquet, .arrow)."
)
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with code 4 if the rows cannot tell whether the split leaks.",
)
@click.option("--explain", is_flag=True, help="Only print how each column is read.")
@reading_options
@role_options("id", "groups", "time")
def check_split_command(
    train: Path,
    test: Path,
    target: str,
    as_json: bool,  # noqa: FBT001  # as above
    rows_path: Path | None,
    strict: bool,  # noqa: FBT001  # as above
    explain: bool,  # noqa: FBT001  # as above
    reading: Reading,
) -> int:
    """Check whether test rows were made from training rows, or repeat them.

    TRAIN and TEST are CSV, Parquet or Arrow IPC files with the same columns. The exit code is 1 if the
    split leaks; with --strict it is 4 if these rows cannot tell.

    \b
    Examples:
      poise check-split train.parquet test.parquet --target y
      poise check-split train.csv test.csv --target churn --rows suspicious.csv
    """  # noqa: D301  # as above
    for source in (train, test):
        check_paths(source, {"--rows": rows_path}, {"--rows": None})
    with stages(reading.console) as stage, warnings_on_stderr():
        parts: list[Any] = []
        for source in (train, test):
            stage(f"reading {source.name}")
            read, X, y = read_with_target(source, target, reading)
            if explain:
                print_text("\n".join([f"{source.name}:", *as_table(explained(read, X, None))]))
            parts += [X, y]
        if explain:
            return DONE
        stage("searching for test rows on lines between training rows")
        found = check_split(*parts)
    code, done = write_each(
        ("rows", rows_path, lambda path: write_table(found.frame("pyarrow"), path))
    )
    if as_json:
        print_text(json.dumps({**found.to_dict(), "run": record_of(train, test)}, default=str))
    else:
        print_text(found.summary())
    if found.is_leak and rows_path is None:
        write_line("To see all suspicious rows, pass --rows FILE.")
    for path in done.values():
        write_line(f"Written: {path}")
    if found.is_leak:
        return FOUND
    return CANNOT_TELL if strict and found.verdict == NO_VERDICT else code
