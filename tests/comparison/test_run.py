"""Runs: interrupted, resumed, within a time budget, and failures that stop nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from same_values import assert_same_values
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

import poise
from poise import compare
from poise.comparison import Comparison
from poise.comparison.approaches import read_approaches
from poise.comparison.folds import make_folds
from poise.comparison.metrics import Key
from poise.comparison.run import _slowest_first
from poise.comparison.store import ArmFold
from poise.core.errors import FileError
from poise.core.progress import Progress
from poise.study.event_table import read_event_table
from poise.study.models import encoder


def test_an_interrupt_returns_the_folds_that_are_done_and_a_file_resumes_them(
    X: Any, y: Any, quick: dict[str, Any], single: Comparison, tmp_path: Path
) -> None:
    path = tmp_path / "folds.jsonl"

    def stop_at_two(done: Progress) -> None:
        if done.n_done == 2:
            raise KeyboardInterrupt

    part = compare(X, y, **quick | {"progress": stop_at_two}, resume=path)
    assert (part.facts["n_folds"], part.facts["n_planned"]) == (2, 5)
    assert "Only 2 of 5 folds" in part.summary()
    text = path.read_text()
    path.write_text(text + '[["logistic", "sm')  # as a run that is killed leaves it
    seen = []
    resumed = compare(X, y, **quick | {"progress": seen.append}, resume=path)
    assert_same_values(resumed, single)
    assert [(done.n_done, done.n_total, done.unit) for done in seen] == [
        (n, 5, "folds") for n in range(1, 6)
    ]
    with pytest.raises(FileError, match="belongs to another comparison"):
        compare(X, y, **quick, random_state=1, resume=path)


def test_after_the_time_budget_no_new_fold_starts(X: Any, y: Any, quick: dict[str, Any]) -> None:
    found = compare(X, y, **quick, time_budget=1e-9)
    assert found.facts["n_folds"] == 1
    assert len(found.differences) > 0
    assert {d.verdict for d in found.differences} <= {
        "open",
        "practically equal",
        "no gain worth having",
    }


def test_a_failure_is_a_status_and_all_other_arms_continue(X: Any, y: Any) -> None:
    class Fails(GaussianNB):  # type: ignore[misc]
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            if len(y) % 2 == 0:
                raise RuntimeError("out of luck")
            return super().fit(X, y)

    found = compare(
        X,
        y,
        approaches={"rare": poise.SMOTE(k_neighbors=60), "weights": "class-weights"},
        estimators={"fails": Fails(), "svm": LinearSVC(), "k-nn": "k-nn"},
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    status = found.status
    assert "failed in 5 of 5 folds: TooFewRowsError" in status["svm", "rare"][0]
    assert "out of luck" in status["fails", "as-is"][0]
    assert status["k-nn", "weights"][0].startswith("not applicable")
    assert "no probabilities" in status["svm", "as-is"][0]
    assert np.isfinite(found.mean(Key("svm", "weights", None, "tuned", "f1")))
    assert (
        "as-is with fails failed in 5 of 5 folds: RuntimeError: out of luck. 4 more failed"
        in found.summary()
    )
    assert len(found.to_html()) > 10_000


def test_reweighted_estimators_have_probabilities_for_the_original_shares(X: Any, y: Any) -> None:
    found = compare(
        X,
        y,
        approaches=["class-weights", "reweighted", "reweighted-sqrt"],
        estimators=["logistic", "boosting", "k-nn"],
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    (note,) = found.status["k-nn", "reweighted"]
    assert note.startswith("not applicable: the estimator takes no sample_weight")
    loss = {
        approach: found.mean(Key("logistic", approach, "as trained", None, "log_loss"))
        for approach in ("as-is", "class-weights", "reweighted", "reweighted-sqrt")
    }
    assert loss["reweighted"] < 0.95 * loss["class-weights"]
    assert loss["reweighted-sqrt"] < 1.1 * loss["as-is"]
    corrected = found.mean(Key("logistic", "reweighted", "corrected", None, "log_loss"))
    assert np.isnan(corrected)  # they are corrected already
    assert np.isfinite(found.mean(Key("boosting", "reweighted", "as trained", None, "log_loss")))


def test_the_terminal_shows_progress_and_detectable_differences(
    X: Any, y: Any, quick: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    compare(X, y, **quick | {"progress": True})
    shown = capsys.readouterr().err
    assert "found differences in PR AUC from 0." in shown
    assert "comparing: 1 of 5 folds, about" in shown
    assert "comparing: 5 of 5 folds, about 0 s left" in shown
    compare(X, y, **quick | {"progress": lambda _: None})
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks into /proc")
def test_workers_end_when_the_terminal_is_closed(tmp_path: Path) -> None:
    code = f"""
import os, time, pathlib
import numpy as np
from sklearn.naive_bayes import GaussianNB
import poise

class Slow(GaussianNB):
    def fit(self, X, y, sample_weight=None):
        pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch()
        time.sleep(300)

X, y = np.random.RandomState(0).randn(200, 2), np.repeat([0, 1], [150, 50])
poise.compare(X, y, approaches=["random-over"], estimators=[Slow()], n_repeats=1, cv=2, n_jobs=2, progress=False)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.DEVNULL, start_new_session=True
    )
    for _ in range(600):
        workers = [int(path.name) for path in tmp_path.iterdir()]
        if len(workers) == 2:
            break
        time.sleep(0.1)
    assert len(workers) == 2
    parent.send_signal(signal.SIGHUP)
    parent.wait()
    for _ in range(300):
        if not any(map(is_running, workers)):
            break
        time.sleep(0.1)
    assert not any(map(is_running, workers))


def is_running(number: int) -> bool:
    """Tell whether a process runs; one that has ended may wait for its end to be read."""
    state = Path(f"/proc/{number}/stat")
    return state.exists() and state.read_text().split()[2] != "Z"


@pytest.mark.parametrize("value", [np.nan, 7.0, -0.1])
def test_scores_that_cannot_be_are_a_status_of_their_estimator(
    X: Any, y: Any, value: float
) -> None:
    class Wrong(GaussianNB):  # type: ignore[misc]
        def predict_proba(self, X: Any) -> Any:
            return np.full((len(X), 2), value)

    class Endless(LinearSVC):  # type: ignore[misc]
        def decision_function(self, X: Any) -> Any:
            return np.full(len(X), np.inf)

    found = compare(
        X,
        y,
        approaches=["random-over"],
        estimators={"wrong": Wrong(), "endless": Endless(), "tree": "tree"},
        n_repeats=1,
        cv=2,
        n_jobs=1,
        progress=False,
    )
    assert (
        "predict_proba returned values that are not from 0 to 1"
        in found.status["wrong", "as-is"][0]
    )
    assert (
        "decision_function returned values that are not finite"
        in found.status["endless", "as-is"][0]
    )
    assert np.isfinite(found.mean(Key("tree", "random-over", None, "tuned", "f1")))


def test_many_categories_are_sparse_and_give_the_same_scores() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({f"c{i}": rng.choice(list("abcdefghij"), 300) for i in range(6)})
    y = (rng.random(300) < 0.2).astype(int)
    rows = read_event_table(table.assign(x=rng.standard_normal(300)), y)
    fold = make_folds(rows, 5, 1, None, None, 0)[0]
    sparse, dense = (
        encoder(rows, sparse=flag).fit(rows.numbers[fold.train]) for flag in (True, False)
    )
    of_sparse, of_dense = (one.transform(rows.numbers) for one in (sparse, dense))
    assert sp.issparse(of_sparse)
    np.testing.assert_array_equal(of_sparse.toarray(), of_dense)
    p = [
        LogisticRegression(max_iter=1000)
        .fit(one[fold.train], y[fold.train])
        .predict_proba(one[fold.test])
        for one in (of_sparse, of_dense)
    ]
    np.testing.assert_allclose(*p, atol=1e-3)


def test_the_slowest_approaches_start_first() -> None:
    approaches = read_approaches(["smote", "random-under"])
    results = {
        ("logistic", name, 0): ArmFold(np.empty(0), seconds=seconds)
        for name, seconds in (("as-is", 1.0), ("smote", 3.0), ("random-under", 2.0))
    }
    found = [approach.name for approach in _slowest_first(approaches, results)]
    assert found == ["smote", "random-under", "as-is"]
    assert _slowest_first(approaches, {}) == approaches


class Broken:
    """A sampler of another package that returns no rows, or rows of another width."""

    def __init__(self, n_rows: int = 0, n_columns: int = 5) -> None:
        self.n_rows, self.n_columns = n_rows, n_columns

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002  # as scikit-learn
        return {"n_rows": self.n_rows, "n_columns": self.n_columns}

    def set_params(self, **given: Any) -> Broken:
        self.__dict__.update(given)
        return self

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        return X[: self.n_rows, : self.n_columns], y[: self.n_rows]


def test_whatever_a_sampler_returns_the_other_arms_continue(X: Any, y: Any) -> None:
    found = compare(
        X,
        y,
        approaches={"nothing": Broken(), "narrow": Broken(100, 3), "smote": "smote"},
        estimators=["logistic", "boosting"],
        cv=3,
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    (note,) = found.status["logistic", "nothing"]
    assert "failed in 3 of 3 folds: InputError: The sampler 'nothing' left no rows" in note
    assert "failed in 3 of 3 folds" in found.status["logistic", "narrow"][0]
    assert found.status["logistic", "smote"] == []
    assert (
        "nothing with logistic failed in 3 of 3 folds: InputError: The sampler" in found.summary()
    )


def test_boosting_is_fitted_where_under_sampling_leaves_a_column_without_values() -> None:
    rng = np.random.RandomState(0)
    X, y = rng.randn(300, 4), (np.arange(300) < 40).astype(int)
    X[:, 3] = np.nan
    X[[50, 90, 200], 3] = 1, 2, 3
    found = compare(
        X,
        y,
        approaches=["random-under", "smote"],
        estimators=["boosting"],
        n_repeats=1,
        n_jobs=1,
        progress=False,
    )
    assert set(map(tuple, found.status.values())) == {()}
