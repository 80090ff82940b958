"""Models in files: what `poise fit` and `poise compare --model` write, and `poise predict` reads."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import sklearn

from poise.cli._reading import Reading, check_roles, kinds_of, read_with_target, without
from poise.cli._record import record_of
from poise.cli._values import label_named
from poise.comparison import ComparedClassifier
from poise.comparison.deployed import splitter_for
from poise.core.errors import FileError, InputError, UnknownNameError, listed, nearest_name
from poise.core.exporting import dump_skops, read_skops, write_module
from poise.core.files import written_aside
from poise.core.files.arrow import arrow
from poise.core.files.csv_again import description_of
from poise.core.files.csv_reading import CsvFile
from poise.core.files.dialect import CsvOptions
from poise.core.files.formats import FileTable, read_file_again
from poise.core.saved import format_entries, require_format
from poise.core.tables.convert import split_target
from poise.core.tables.labels import encode
from poise.core.tables.read import read_table, read_target
from poise.decisions import FixedThreshold, ThresholdClassifier

ENDING = (".skops",)
_NUMBERS = {"continuous", "integer", "bool"}
_FOLDS = 5


@dataclass(frozen=True)
class TrainingTable:
    """What a model is fitted on.

    Attributes
    ----------
    read : FileTable
        The file.
    X : pyarrow.Table
        The features.
    y : pyarrow.ChunkedArray
        The labels.
    beside : dict
        Columns ``groups`` and ``time``, where they were named.
    kinds : dict or None
        Kinds of columns that are declared or inferred.
    """

    read: FileTable
    X: Any
    y: Any
    beside: Mapping[str, Any]
    kinds: Any

    @property
    def classes(self) -> list[Any]:
        """The labels, sorted."""
        return list(encode(read_target(self.y)).classes)

    def in_order_of_time(self) -> TrainingTable:
        """Return the rows from the earliest to the latest, if a column of times was named."""
        if "time" not in self.beside:
            return self
        order = np.argsort(np.asarray(self.beside["time"]), kind="stable")
        rest = {name: column.take(order) for name, column in self.beside.items()}
        return TrainingTable(self.read, self.X.take(order), self.y.take(order), rest, self.kinds)

    def fitted(self, model: ThresholdClassifier) -> ThresholdClassifier:
        """Return a classifier that is fitted on the rows."""
        rows = self.in_order_of_time()
        groups = rows.beside.get("groups")
        given = {} if groups is None else {"groups": np.asarray(groups)}
        return model.fit(rows.X, rows.y, **given)


def read_rows(
    source: Path, reading: Reading, roles: dict[str, Any], event: str | None
) -> tuple[TrainingTable, Any]:
    """Read a file and the roles of its columns; return what a model is fitted on, and the label of the event."""
    target = roles["target"]
    named = {name: roles[name] for name in ("groups", "time")}
    read, X, y = read_with_target(source, target, reading, **named)
    beside: dict[str, Any] = {}
    for name, column in named.items():
        if column is not None:
            X, beside[name] = split_target(X, column, f"for --{name}")
    label = label_named(event, y, target, read)
    read = without(read, roles["carried"], "--carry")
    X = X.drop_columns(list(roles["carried"]))
    return TrainingTable(read, X, y, beside, kinds_of(read, X, None, reading)), label


def against_rest(rows: TrainingTable, event: Any) -> tuple[TrainingTable, Any]:
    """Return the rows with one of several classes against the rest, and its label; with two classes as they are."""
    labels = encode(read_target(rows.y))
    if event is None or len(labels.classes) == 2:
        return rows, event
    is_event = labels.codes == labels.classes.index(event)
    y = arrow().chunked_array([np.where(is_event, str(event), f"not {event}")])
    return replace(rows, y=y), str(event)


def unfitted(
    rows: TrainingTable, approach: Any, estimator: Any, policy: Any, event: Any, random_state: int
) -> ThresholdClassifier:
    """Return the classifier of a command, not fitted."""
    compared = ComparedClassifier(
        approach, estimator, column_kinds=rows.kinds, pos_label=event, random_state=random_state
    )
    beside = rows.beside
    folds = splitter_for(_FOLDS, beside.get("groups"), beside.get("time"), random_state)
    return ThresholdClassifier(policy, compared, pos_label=event, cv=folds)


@dataclass(frozen=True)
class StoredModel:
    """A model as it is in a file.

    Attributes
    ----------
    model : classifier
        Without Poise; see `poise.export.to_inference`.
    facts : dict
        How the table was read and what the model was fitted with; values of JSON only.
    """

    model: Any
    facts: dict[str, Any]

    @classmethod
    def of(
        cls,
        fitted: ThresholdClassifier,
        rows: TrainingTable,
        reading: Reading,
        roles: Mapping[str, Any],
        command: Mapping[str, Any],
    ) -> StoredModel:
        """Return what is stored of a classifier that was fitted by a command.

        Parameters
        ----------
        fitted : ThresholdClassifier
        rows : TrainingTable
        reading : Reading
        roles : mapping
            ``target``, and the columns that are not features.
        command : mapping
            Options of the command, for the record.
        """
        features, csv = rows.X, rows.read.csv
        kind_of = {
            int(place): block.kind
            for block in read_table(features).blocks
            for place in block.positions
        }
        names = list(features.column_names)
        declared = rows.kinds or {}
        counts = encode(read_target(rows.y)).counts_by_label()
        facts: dict[str, Any] = {
            **format_entries("model"),
            **roles,
            "columns": {name: declared.get(name, kind_of[n]) for n, name in enumerate(names)},
            "csv": None,
            "event": _plain(fitted.pos_label_),
            "policy": str(fitted.policy),
            "threshold": fitted.threshold_,
            "class_thresholds": None
            if fitted.class_thresholds_ is None
            else fitted.class_thresholds_.tolist(),
            "trained_prior": _by_text(fitted.estimator_.trained_prior_),
            "rows": features.num_rows,
            "classes": _by_text(counts),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": version("numpy"),
            **command,
        }
        if csv is not None:
            facts["csv"] = {
                "labels": _written_labels(csv, roles["target"], counts),
                "encoding": reading.csv.encoding,
                "separator": csv.dialect.separator,
                "missing": list(reading.csv.missing),
                "columns": {
                    one.name: description_of(one) for one in csv.columns if one.name in names
                },
            }
        return cls(fitted.to_inference(), facts)

    def write(self, path: Path) -> None:
        """Write the model, and ``poise_inference.py``, which it needs where Poise is not installed, beside it."""
        with written_aside(path) as aside:
            dump_skops({"model": self.model, "facts": self.facts}, aside)
        write_module(path.parent)

    @classmethod
    def load(cls, path: Path) -> StoredModel:
        """Return the model in a file.

        Raises
        ------
        FileError
            If it is not a model that a command has written, or of another format.
        """
        found = read_skops(path)
        is_model = isinstance(found, dict) and set(found) == {"model", "facts"}
        if not is_model or not isinstance(found["facts"], dict):
            raise FileError(
                f"{str(path)!r} is not a model of `poise fit`. A file of to_inference(path=...) is read in Python, by "
                "poise.export.load_model."
            )
        require_format(found["facts"], "model", repr(str(path)), "fit the model again")
        return cls(found["model"], found["facts"])

    def described(self) -> str:
        """Return in words what the model is, and what it decides by."""
        facts = self.facts
        counts = ", ".join(f"{label} {count:,}" for label, count in facts["classes"].items())
        first = f"{facts['approach']} with {facts['estimator']}, fitted on {facts['rows']:,} rows ({counts})"
        if facts["threshold"] is not None:
            return f"{first}. It decides for {facts['event']} from a probability of {facts['threshold']:.4g} ({facts['policy']})."
        rules = {str(FixedThreshold()): "by the largest probability"}
        is_cost = facts["class_thresholds"] is None
        rule = (
            "by the lowest expected cost"
            if is_cost
            else f"by thresholds that are {facts['policy']}"
        )
        return f"{first}. It decides between {len(facts['classes'])} classes {rules.get(facts['policy'], rule)}."

    def read(self, path: Path, reading: Reading) -> FileTable:
        """Read the rows of a file as those that the model was fitted on, or raise for columns that are missing or of another kind."""
        known = self.facts["csv"] or {"columns": {}, "missing": []}
        own = reading.csv
        options = CsvOptions(
            encoding=own.encoding or known.get("encoding"),
            separator=own.separator or self._separator_for(path),
            decimal=own.decimal,
            thousands=own.thousands,
            missing=(*own.missing, *known["missing"]),
            dates=own.dates,
        )
        found = read_file_again(path, options, known["columns"])
        reading.print_report(path, found)
        self._check_names(path, found.table.column_names)
        self._check_kinds(found.table)
        return found

    def _separator_for(self, path: Path) -> str | None:
        known = self.facts["csv"]
        is_tsv = path.name.lower().endswith((".tsv", ".tsv.gz"))
        return None if known is None or is_tsv else str(known["separator"])

    def _check_names(self, path: Path, names: Sequence[str]) -> None:
        missing = [name for name in self.facts["columns"] if name not in names]
        if missing:
            near = nearest_name(
                missing[0], [name for name in names if name not in self.facts["columns"]]
            )
            if len(names) == 1:
                near = " Is another character between its cells? Pass it as --separator."
            raise UnknownNameError(
                f"{path.name!r} lacks {len(missing)} of the {len(self.facts['columns'])} columns that the model was fitted on: "
                f"{listed(missing)}.{near} Its columns are {listed(names)}."
            )

    def _check_kinds(self, table: Any) -> None:
        features = table.select(list(self.facts["columns"]))
        for block in read_table(features).blocks:
            for place in block.positions.tolist():
                name = features.column_names[place]
                wanted = self.facts["columns"][name]
                is_empty = features[name].null_count == len(features[name])
                are_numbers = {block.kind, wanted} <= _NUMBERS
                # Numbers may be declared categories, and categories of text are never numbers.
                is_declared = wanted == "categorical" and block.kind in _NUMBERS
                if not (is_empty or are_numbers or is_declared or block.kind == wanted):
                    raise InputError(
                        f"Column {name!r} is read as {block.kind}, and was {wanted} when the model was fitted. Convert it to the type "
                        "that it had there."
                    )

    def new_categories(self, table: Any) -> list[str]:
        """Return a note for each column with categories that the model has not seen."""
        notes = []
        for name, _, categories in self._columns():
            if name is None or categories is None:
                continue
            counts = table[name].value_counts().to_pylist()
            new = {
                one["values"]: one["counts"]
                for one in counts
                if one["values"] is not None and one["values"] not in categories
            }
            if new:
                n = sum(new.values())
                notes.append(
                    f"column {name!r}: {n:,} cell{'s hold' if n > 1 else ' holds'} categories that the model was not fitted on, "
                    f"{listed(new, 3)}; they count as rare ones"
                )
        return notes

    def _columns(self) -> list[tuple[Any, Any, Any]]:
        model = getattr(self.model, "estimator_", None) or self.model
        while not hasattr(model, "steps"):
            model = model.estimator
        return list(model.steps[0][1].kw_args["columns"])


def _written_labels(csv: CsvFile, target: str, labels: Iterable[Any]) -> dict[str, str]:
    """Return how each label is written in a CSV file."""
    column = next(one for one in csv.columns if one.name == target)
    known = column.values.to_pylist()
    rows = {label: known.index(label) for label in labels if label in known}
    return {str(label): str(column.texts[row]) for label, row in rows.items()}


def _by_text(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(_plain(label)): value for label, value in values.items()}


def _plain(label: Any) -> Any:
    return label.item() if hasattr(label, "item") else label


def command_of(
    source: Path, approach: str, settings: Sequence[str], estimator: str, seed: int
) -> dict[str, Any]:
    """Return what a command was asked to fit, as it is stored beside the model."""
    return {
        "input": str(source),
        "approach": approach,
        "parameters": list(settings),
        "estimator": estimator,
        "random_state": seed,
        "run": record_of(source),
    }


def roles_of(
    target: str,
    groups: str | None,
    time: str | None,
    carry: Sequence[str],
    drop: Sequence[str],
) -> dict[str, Any]:
    """Return the columns that are not features, or raise if one has two roles."""
    for name in carry:
        check_roles((), carry=name, target=target, groups=groups, time=time)
    return {
        "target": target,
        "groups": groups,
        "time": time,
        "carried": list(carry),
        "dropped": list(drop),
    }
