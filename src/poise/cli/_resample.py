"""poise resample: resample a table in a file, in memory or streamed."""

from __future__ import annotations

import contextlib
import functools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import click
from sklearn.base import clone

from poise._api import resample
from poise._resampled import Resampled
from poise.cli import _values
from poise.cli._big import bars, explain_streamed, options_of, resample_streamed
from poise.cli._columns import (
    added_columns,
    carried_by_type,
    carried_columns,
    check_added,
    check_carried,
    with_extra,
)
from poise.cli._explaining import as_table, explained, planned
from poise.cli._reading import Reading, check_roles, kinds_of, reading_options
from poise.cli._record import record_of
from poise.cli._terminal import (
    DOES_NOT_FIT,
    DONE,
    PAGES,
    PICTURES,
    check_paths,
    is_folder,
    print_text,
    stages,
    warnings_on_stderr,
    write_each,
)
from poise.cli._writing import check_out, write_result
from poise.core.errors import FileError, InputError, listed
from poise.core.files import written_aside
from poise.core.files.formats import FileTable, write_table
from poise.core.memory import peak_memory
from poise.core.progress import Report
from poise.core.sampling.resampler import Resampler
from poise.core.tables.convert import column_position, frame_from_columns, split_target


@click.command("resample")
@click.argument("source", type=_values.PATH, metavar="INPUT")
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
    type=_values.PATH,
    help="File for the result (.csv, .parquet or .arrow); with --stream, a folder.",
)
@click.option(
    "--strategy",
    "-s",
    metavar="STRATEGY",
    help="Ratio of the smaller to the larger class (0.5), Ratio(0.5) for all classes relative to the largest, "
    "a name (minority, all, ...), or counts per class as JSON ('{\"yes\": 5000}'). Cleaning methods also accept "
    "a JSON list of classes.",
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
    help="Column with the time of each row: a new row is never earlier than the rows that it is made from, and the "
    "output is sorted by it (with --stream it is not sorted).",
)
@click.option(
    "--groups",
    metavar="COLUMN",
    help="Column of groups, such as customers: a new row is of the group of its seed row; with --set "
    "within_groups=true, its partner is too. The column is not used as a feature.",
)
@click.option(
    "--plot",
    type=_values.PATH,
    help="Write a plot of the table before and after to this file (.png, .svg, .pdf, .jpg).",
)
@click.option(
    "--lineage",
    type=_values.PATH,
    help="Write the origin of each row to this file: the seed row and its partner, as row numbers of the "
    "input, counted from 0.",
)
@click.option(
    "--removed",
    type=_values.PATH,
    help="Write the rows that are left out to this file: their numbers in the input, classes, and the reason.",
)
@click.option(
    "--report",
    type=_values.PATH,
    help="Write a page for an audit to this file (.html): counts, pictures, parameters, and a hash of the input.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print the summary as JSON, with what is needed to run it again.",
)
@click.option(
    "--stream",
    is_flag=True,
    help="Read Parquet files (a file, a folder or a pattern) in blocks, for tables larger than memory.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Only print how each column is read and what would be done; with --stream, or for a folder, the passes, bytes "
    "and memory, and whether the run fits.",
)
@click.option(
    "--id",
    "id_column",
    metavar="COLUMN",
    help="Column that identifies each row. It is not a feature; new rows get no id of a real row: missing where the "
    "column can hold that, else below zero (--carry COLUMN=negative, or =N for ids from N on). Adds the column _new.",
)
@click.option(
    "--carry",
    multiple=True,
    metavar="COLUMN[=WHAT]",
    help="Column that is neither searched nor blended, such as a name. New rows get seed (that of their seed row, the "
    "default), missing, new, negative, or numbers from N on. May be repeated.",
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
    metavar="WHAT",
    help="Add a column: is_new, origin, seed, partner or gap (as _new, _origin, ...); none adds no _new beside --id. "
    "May be repeated.",
)
@click.option("--resume", is_flag=True, help="With --stream: continue a run that was interrupted.")
@click.option(
    "--restart",
    is_flag=True,
    help="With --stream: delete what an interrupted run has done, and start again.",
)
@click.option(
    "--if-exists",
    metavar="WHAT",
    help="With --stream, if the result is there: fail, skip (keep it if it was made with the same options from files "
    "with the same content), extend (add what the source has more; for over-samplers, and random-under with --rate), or "
    "replace. [default: fail]",
)
@click.option(
    "--links",
    metavar="KIND",
    help="With --stream: how unchanged files become a part of the result: hard, copy or symbolic. [default: hard]",
)
@reading_options
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
    id_column: str | None,
    carry: tuple[str, ...],
    extra: tuple[str, ...],
    plot: Path | None,
    lineage: Path | None,
    removed: Path | None,
    report: Path | None,
    as_json: bool,  # noqa: FBT001  # click passes by name
    stream: bool,  # noqa: FBT001  # as above
    explain: bool,  # noqa: FBT001  # as above
    reading: Reading,
    **streamed: Any,
) -> int:
    """Resample a table in a file and write the result to another.

    INPUT is a CSV, Parquet or Arrow IPC file; it is never changed. A result file is complete or not
    there. With --stream, INPUT is a Parquet file, a folder or a quoted pattern, and the result is a folder.
    New rows reveal the real rows that they were made from: a result is not anonymous.

    \b
    Examples:
      poise resample in.csv --target y --out out.parquet
      poise resample in.csv --target y --method smote-tomek --strategy 0.5 --out out.csv
      poise resample in.csv --target y --set k_neighbors=3 --plot p.png --out out.csv
      poise resample in.csv --target y --set neighbor_space=standard --time day --out out.csv
      poise resample in.csv --target y --groups customer --set within_groups=true --out out.csv
      poise resample in.parquet --target y --method random-under --lineage l.csv --out out.arrow
      poise resample in.csv --target y --id customer --carry name --extra seed --out out.csv
      poise resample in.csv --target y --drop customer_id --decimal , --explain
      poise resample big/ --target y --id row --stream --explain
      poise resample big/ --target y --id row --stream --out out/
      poise resample big/ --target y --id row --stream --out out/ --resume --if-exists skip
      poise resample big/ --target y --id row --stream --out out/ --resume --if-exists extend
    """  # noqa: D301  # as above
    parameters = _values.parameters(settings)
    if strategy is not None:
        parameters["sampling_strategy"] = _values.strategy(strategy)
    sampler = _values.sampler_of(method, seed, parameters)
    if stream or (explain and _only_streams(source)):
        if lineage is not None:
            raise InputError(
                "--lineage can only be used without --stream. Add columns instead: --extra origin --extra seed "
                "--extra partner --extra gap."
            )
        without_stream = {"--plot": plot, "--removed": removed, "--report": report}
        _check_not_given(without_stream, "without --stream")
        if not reading.is_default:
            raise InputError(
                "The options for CSV files can only be used without --stream, which reads Parquet files."
            )
        options = options_of(
            **streamed,
            id_column=id_column,
            carry=carried_columns(carry, None),
            extra=added_columns(extra, id_column, sampler),
            drop=reading.drop,
            roles={"time": time_column, "groups": groups},
        )
        if explain:
            with warnings_on_stderr():
                needs = explain_streamed(source, out, sampler, target, options)
            print_text(json.dumps(needs.to_dict(), default=str) if as_json else str(needs))
            return DONE if needs.fits and needs.fits_disk else DOES_NOT_FIT

        def show() -> contextlib.AbstractContextManager[Report | None]:
            return reading.progress(bars)

        summary = resample_streamed(source, out, sampler, target, options, show) | {
            "method": method
        }
        _print_summary(summary, source, as_json=as_json)
        return DONE
    given = {
        f"--{name.removesuffix('_column').replace('_', '-')}": value
        for name, value in streamed.items()
    }
    _check_not_given(given, "with --stream")
    if is_folder(source):
        raise FileError(
            f"{str(source)!r} is a folder. Pass a file in it, or pass --stream to read all its Parquet files."
        )
    added = added_columns(extra, id_column, sampler)
    columns = _Columns(time_column, groups, id_column, carry, added)
    task = _Task(source, target, sampler, method, parameters, columns, reading)
    if explain:
        with warnings_on_stderr():
            print_text(task.explained(as_json=as_json))
        return DONE
    if out is None:
        raise click.UsageError("Missing option '--out' / '-o'.")
    written = {
        "--out": out,
        "--lineage": lineage,
        "--plot": plot,
        "--removed": removed,
        "--report": report,
    }
    tables = dict.fromkeys(("--out", "--lineage", "--removed"))
    check_paths(source, written, {**tables, "--plot": PICTURES, "--report": PAGES})
    return task.run(seed, written, as_json=as_json)


def _only_streams(source: Path) -> bool:
    """Return whether an input can only be read in a stream: a folder, or a pattern of files."""
    return is_folder(source) or any(mark in str(source) for mark in "*?[")


@dataclass(frozen=True)
class _Columns:
    """The columns that options name."""

    time: str | None
    groups: str | None
    id: str | None
    carry: tuple[str, ...]
    added: tuple[str, ...]

    def carried(
        self, table: Any, target: str, reading: Reading, *, reads_values: bool
    ) -> dict[str, Any]:
        """Return what new rows get in each carried column; if values are read, also in lists, structs and bytes."""
        named = carried_columns(self.carry, self.id)
        for name in named:
            check_roles(reading.drop, carry=name, target=target, groups=self.groups, time=self.time)
        check_carried(named, table.column_names, self.id)
        others = [target, self.groups, self.time, *named]
        by_type = carried_by_type(table.schema, others) if reads_values else {}
        if by_type:
            reading.print_note(
                f"Note: {listed(list(by_type))} cannot be searched or blended; new rows get the value of their seed row "
                "(--carry)."
            )
        return {**by_type, **named}


@dataclass(frozen=True)
class _Task:
    """What a command asks for, in memory."""

    source: Path
    target: str
    sampler: Resampler
    method: str
    parameters: dict[str, Any]
    columns: _Columns
    reading: Reading

    def _read(self) -> tuple[FileTable, Any, Any, Resampler]:
        """Return the file, the features with the target, the groups, and the sampler with the kinds of columns."""
        columns = self.columns
        roles = {"groups": columns.groups, "time": columns.time, "id": columns.id}
        read = self.reading.read(self.source, self.target, **roles)
        if columns.id in read.index:
            raise InputError(
                f"--id {columns.id!r} is the index of a pandas frame, which new rows go on numbering. Leave out --id, or "
                "reset the index first."
            )
        check_added(columns.added, read.table.column_names)
        features, beside = read.table, None
        if self.columns.time is not None:
            column_position(features, self.columns.time, "for --time")
        if self.columns.groups is not None:
            features, beside = split_target(read.table, self.columns.groups, "for --groups")
        sampler = self._sampler_for(read)
        X, _ = split_target(features, self.target)
        reads = self.sampler.needs != "rows"
        carried = self.columns.carried(X, self.target, self.reading, reads_values=reads)
        if carried:
            sampler = clone(sampler).set_params(carry_columns=carried)
            X = X.drop_columns(list(carried))
        if reads and "column_kinds" in self.sampler.get_params(deep=False):
            kinds = kinds_of(read, X, self.sampler.column_kinds, self.reading)
            sampler = clone(sampler).set_params(column_kinds=kinds)
        return read, features, beside, sampler

    def _sampler_for(self, read: FileTable) -> Resampler:
        """Return the sampler; classes that its strategy names as the file writes them have their values."""
        wanted = self.sampler.get_params(deep=False).get("sampling_strategy")
        if not isinstance(wanted, _values.ByText):
            return self.sampler
        found = wanted.read_with(functools.partial(read.value_of, self.target))
        return cast("Resampler", clone(self.sampler).set_params(sampling_strategy=found))

    def explained(self, *, as_json: bool) -> str:
        """Return how the file is read, and what would be done, without doing it."""
        read, features, _, sampler = self._read()
        X, y = split_target(features, self.target)
        carried = cast("Mapping[str, Any]", sampler.carry_columns or {})
        columns = explained(read, X, sampler.column_kinds, carried)
        plan = planned(sampler, y)
        if as_json:
            return json.dumps(
                {"columns": columns, "planned": plan, "method": self.method}, default=str
            )
        return "\n".join([*as_table(columns), "", *plan])

    def run(self, seed: int, written: Mapping[str, Path | None], *, as_json: bool) -> int:
        """Resample, write the files, print the summary, and return the exit code."""
        start = time.perf_counter()
        with stages(self.reading.console) as stage, warnings_on_stderr():
            stage(f"reading {self.source.name}")
            read, features, beside, sampler = self._read()
            check_out(read, cast("Path", written["--out"]))
            stage(f"{self.method} on {read.table.num_rows:,} rows")
            result = resample(
                features,
                target=self.target,
                method=sampler,
                time=self.columns.time,
                groups=beside,
                id=self.columns.id,
            )
            stage(f"writing {len(result.plan):,} rows")
            made = result.frame()
            if self.columns.groups is not None:
                position = column_position(read.table, self.columns.groups)
                made = made.add_column(position, self.columns.groups, result.aligned["groups"])
            ids = None if self.columns.id is None else read.table[self.columns.id]
            made = with_extra(made, self.columns.added, result.plan, ids)

            carried = cast("Mapping[str, Any]", sampler.carry_columns or {})
            new_in = {name for name, how in carried.items() if how != "seed"}

            def write_rows(path: Path) -> None:
                write_result(read, made, result.plan, path, new_in)

            def write_lineage(path: Path) -> None:
                write_table(frame_from_columns(result.plan.lineage()._asdict(), "pyarrow"), path)

            def write_removed(path: Path) -> None:
                gone = result.removed
                rows = gone.frame("pyarrow")
                if ids is not None:
                    rows = rows.append_column(str(self.columns.id), ids.take(gone.row))
                write_table(rows, path)

            def draw(path: Path) -> None:
                _draw(result, features, self.target, type(sampler).__name__, path)

            code, done = write_each(
                ("out", written["--out"], write_rows),
                ("lineage", written["--lineage"], write_lineage),
                ("plot", written["--plot"], draw),
                ("removed", written["--removed"], write_removed),
                ("report", written["--report"], result.to_html),
            )
        summary = {
            "poise": version("poise"),
            "method": self.method,
            "parameters": sampler.get_params(deep=False),
            "seed": seed,
            "input": str(self.source),
            "target": self.target,
            "rows": {"before": read.table.num_rows, "after": len(result.plan)},
            "classes": _values.class_counts(read.table[self.target], result.y),
            "new_rows": int(result.is_new.sum()),
            "removed_rows": read.table.num_rows - int((~result.is_new).sum()),
            "written": done,
            "seconds": round(time.perf_counter() - start, 3),
            "peak_bytes": peak_memory(),
        }
        if summary["new_rows"]:
            summary["note"] = _values.REVEALED
        if as_json:
            X, _ = split_target(features, self.target)
            summary |= {
                "removed": result.facts["removed_rows"],
                "input_hash": result.facts["input_hash"],
                "columns": explained(read, X, sampler.column_kinds, carried),
            }
        _print_summary(summary, self.source, as_json=as_json)
        return code


def _print_summary(summary: Mapping[str, Any], source: Path, *, as_json: bool) -> None:
    """Print what a run did; as JSON with what is needed to run it again."""
    if as_json:
        print_text(json.dumps({**summary, "run": record_of(source)}, default=str))
    else:
        print_text(_values.as_text(summary))


def _check_not_given(options: Mapping[str, Any], where: str) -> None:
    given = [name for name, value in options.items() if value not in (None, False, ())]
    if given:
        raise InputError(f"{given[0]} can only be used {where}.")


def _draw(result: Resampled, table: Any, target: str, title: str, path: Path) -> None:
    from matplotlib.figure import Figure  # noqa: PLC0415  # loads only when a plot is drawn

    from poise import plot  # noqa: PLC0415  # as above

    figure = Figure((11, 5.5), layout="constrained")
    X, y = split_target(table, target)
    picture = plot.before_after_data(X, y, result.X, result.plan)
    plot.draw(picture, title, figure.subplots(1, 2, sharex=True, sharey=True))
    with written_aside(path) as aside:
        figure.savefig(aside, dpi=120)
