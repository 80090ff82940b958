"""Tables of several classes: every class against the rest, what it is confused with, and checks of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from poise.core.sampling.seeds import fresh, seeded
from poise.core.threads import limited_for
from poise.diagnosis._columns import joined
from poise.diagnosis._examined import (
    APART,
    Examined,
    auc_with_interval,
    matrix_of,
    models_for,
)
from poise.diagnosis._finding import STATUSES, Check, CheckFunction, Finding
from poise.study.event_table import EventTable, Floats
from poise.study.minority_kinds import KINDS, N_AROUND
from poise.study.statistics import N_FOLDS

FEWEST_CHECKED, _FEWEST_SCORED = 20, 2 * N_FOLDS  # rows of a class
_MOST_LEARNT = 20_000  # no mutant: rows that classifiers are fitted on, speed alone
_MOST_NAMED = 3
_MUCH = 0.5  # share of a class's wrong decisions


@dataclass(frozen=True, eq=False)
class ExaminedClasses:
    """A table of several classes, with held-out scores of all of them.

    Attributes
    ----------
    rows : EventTable
        With `several` classes.
    random_seed : int
    """

    rows: EventTable
    random_seed: int = 0

    @cached_property
    def counts(self) -> NDArray[np.intp]:
        """Number of rows of each class."""
        return np.bincount(self.rows.codes, minlength=len(self.rows.several))  # type: ignore[arg-type]  # there are codes

    @cached_property
    def scored(self) -> list[int]:
        """The classes with enough rows for every fold to train and test on."""
        return np.flatnonzero(self.counts >= _FEWEST_SCORED).tolist()

    @cached_property
    def learnt(self) -> NDArray[np.intp]:
        """The rows that classifiers are fitted on: those of the classes with scores, or a random part of each."""
        codes = np.asarray(self.rows.codes)
        rng = np.random.RandomState(self.random_seed)
        share = min(_MOST_LEARNT / self.rows.n_rows, 1.0)
        kept = []
        for code in self.scored:
            members = np.flatnonzero(codes == code)
            n = max(round(share * len(members)), min(len(members), 200))
            kept.append(members if n >= len(members) else rng.permutation(members)[:n])
        return np.sort(np.concatenate(kept)) if kept else np.empty(0, dtype=np.intp)

    @cached_property
    def scores(self) -> dict[str, Floats]:
        """Held-out probabilities of the classes with scores in the rows that are learnt, by the name of the classifier."""
        if len(self.scored) < 2:
            return {}
        rows = replace(
            self.rows.of_event,
            given=None,
            numbers=self.rows.numbers[self.learnt],
            is_event=self.rows.is_event[self.learnt],
        )
        codes = np.asarray(self.rows.codes)[self.learnt]
        X = matrix_of(rows)
        folds = list(
            StratifiedKFold(N_FOLDS, shuffle=True, random_state=self.random_seed).split(
                codes, codes
            )
        )
        found = {}
        for name, model in models_for(rows).items():
            proba = np.empty((len(codes), len(self.scored)))
            with limited_for(len(codes)):
                for train, test in folds:
                    fitted = seeded(fresh(model), self.random_seed).fit(X[train], codes[train])
                    proba[test] = fitted.predict_proba(X[test])
            found[name] = proba
        return found

    @cached_property
    def better(self) -> str:
        """The classifier with the higher mean AUC of one class against the rest."""
        means = {
            name: np.mean([self.auc_of(code, name)[0] for code in self.scored])
            for name in self.scores
        }
        return max(means, key=lambda name: float(means[name]))

    def auc_of(self, code: int, name: str | None = None) -> tuple[float, float, float]:
        """Return the AUC of a class against the rest, with its 95 % interval."""
        proba = self.scores[self.better if name is None else name]
        own = np.asarray(self.rows.codes)[self.learnt] == code
        return auc_with_interval(own, proba[:, self.scored.index(code)])

    def against_rest(self, code: int) -> Examined:
        """Return the table with one class as the event; its scores are those of all classes, if it has any."""
        codes = np.asarray(self.rows.codes)
        rows = replace(
            self.rows,
            several=(),
            codes=None,
            is_event=codes == code,
            event=self.rows.several[code],
            other=None,
        )
        scores = None
        if code in self.scored and len(self.learnt) == self.rows.n_rows:
            place = self.scored.index(code)
            scores = {name: proba[:, place] for name, proba in self.scores.items()}
        return Examined(rows, self.random_seed, scores)

    @cached_property
    def tables(self) -> dict[int, Examined]:
        """Each class against the rest."""
        return {code: self.against_rest(code) for code in range(len(self.rows.several))}

    @cached_property
    def confusion(self) -> NDArray[np.float64]:
        """Share of each class with scores (rows) that is decided for each of them (columns)."""
        decided = self.scores[self.better].argmax(axis=1)
        true = np.searchsorted(self.scored, np.asarray(self.rows.codes)[self.learnt])
        n = np.zeros((len(self.scored), len(self.scored)))
        np.add.at(n, (true, decided), 1)
        return n / n.sum(axis=1, keepdims=True)


def described_classes(table: ExaminedClasses) -> list[dict[str, Any]]:
    """Return one entry for each class: its rows, how well it is separated, its kinds of rows, and what to do."""
    return [_described(table, code) for code in range(len(table.rows.several))]


def _described(table: ExaminedClasses, code: int) -> dict[str, Any]:
    n, own = int(table.counts[code]), table.tables[code]
    found: dict[str, Any] = {
        "class": str(table.rows.several[code]),
        "rows": n,
        "share": round(n / table.rows.n_rows, 5),
        "auc": None,
        "low": None,
        "high": None,
        **dict.fromkeys(KINDS),
        "confused_with": None,
    }
    if n >= 2 and table.rows.n_rows > N_AROUND and not table.rows.is_sparse:
        counts = np.bincount(own.kinds, minlength=len(KINDS)).tolist()
        found |= dict(zip(KINDS, counts, strict=True))
        found["confused_with"] = _nearest_class(table, own, code)
    if code in table.scored and table.scores:
        auc, low, high = table.auc_of(code)
        found |= {"auc": round(auc, 3), "low": round(low, 3), "high": round(high, 3)}
        other = _decided_instead(table, code)
        found["confused_with"] = other if other is not None else found["confused_with"]
    found["advice"] = _advice(found)
    return found


def _nearest_class(table: ExaminedClasses, own: Examined, code: int) -> str | None:
    """Return the other class that is most frequent around the rows of a class."""
    near = own.around.rows
    codes = np.asarray(table.rows.codes)[near[near >= 0]]
    times = np.bincount(codes[codes != code], minlength=len(table.rows.several))
    return str(table.rows.several[int(times.argmax())]) if times.any() else None


def _decided_instead(table: ExaminedClasses, code: int) -> str | None:
    """Return the class that most of the wrong decisions about a class are for."""
    wrong = table.confusion[table.scored.index(code)].copy()
    wrong[table.scored.index(code)] = 0.0
    return str(table.rows.several[table.scored[int(wrong.argmax())]]) if wrong.any() else None


def _advice(found: Mapping[str, Any]) -> str:
    if found["auc"] is None:
        return "Collect more rows: with fewer than 10, nothing can be said about the class."
    if found["low"] >= APART:
        return "Nothing: it is well separated."
    if found["confused_with"] is None:
        return "Compare approaches: poise.compare."
    return f"Look for columns that tell it from {found['confused_with']}; compare approaches: poise.compare."


def found_in_classes(
    table: ExaminedClasses, check: Check, run: CheckFunction, fewest: int
) -> Finding:
    """Return what a check finds in all classes with enough rows, as one finding.

    Parameters
    ----------
    table : ExaminedClasses
    check : Check
    run : callable
    fewest : int
        Number of rows that a class needs to be checked.
    """
    codes = [code for code in range(len(table.counts)) if table.counts[code] >= fewest]
    if not codes:
        return check.not_applicable(f"No class has {fewest} rows.")
    of_class = {str(table.rows.several[code]): run(table.tables[code]) for code in codes}
    return joined_findings(check, of_class)


def joined_findings(check: Check, of_class: Mapping[str, Finding]) -> Finding:
    """Return the findings of one check in several classes as one: the most serious status, and the classes that have it."""
    worst = min((found.status for found in of_class.values()), key=STATUSES.index)
    named = {label: found for label, found in of_class.items() if found.status == worst}
    first = next(iter(named.values()))
    if len({found.message for found in of_class.values()}) == 1:
        message = _of_a_class(first.message)
    else:
        said = _said_of({label: found.message for label, found in named.items()}, "Class")
        message = f"In {len(named)} of {len(of_class)} classes. {said}"
    evidence = {"classes": {label: dict(found.evidence) for label, found in of_class.items()}}
    if worst == "not applicable":
        return check.not_applicable(message)
    made = check.passed(message, **evidence)
    advice = {label: found.advice for label, found in named.items() if found.advice}
    return replace(
        made, status=worst, severity=first.severity, advice=_said_of(advice, "For class")
    )


def _said_of(text_of: Mapping[str, str], of: str) -> str:
    """Return what is said of each class: equal texts once, and at most three different ones."""
    labels_of: dict[str, list[str]] = {}
    for label, text in text_of.items():
        labels_of.setdefault(_of_a_class(text), []).append(label)
    shown = list(labels_of.items())[:_MOST_NAMED]
    parts = [
        f"{of}{'es' if len(labels) > 1 else ''} {joined(labels)}: {text}" for text, labels in shown
    ]
    n_more = len(text_of) - sum(len(labels) for _, labels in shown)
    more = [f"({n_more} more class{'es' if n_more > 1 else ''} alike.)"] if n_more > 0 else []
    return " ".join([*parts, *more])


def _of_a_class(text: str) -> str:
    """Return what is said of the event as said of one of several classes."""
    return text.replace("the event", "the class")


def picture_of_confusions(table: ExaminedClasses) -> dict[str, Any] | None:
    """Return the shares of decisions for each class, as plain data; None if fewer than two classes have scores."""
    if not table.scores:
        return None
    return {
        "classes": [str(table.rows.several[code]) for code in table.scored],
        "shares": table.confusion.round(4).tolist(),
        "estimator": table.better,
        "left_out": [
            str(label) for code, label in enumerate(table.rows.several) if code not in table.scored
        ],
    }
