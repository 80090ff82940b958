"""SVM-SMOTE starts from support vectors."""

from __future__ import annotations

import subprocess
import sys

import imblearn.over_sampling
import numpy as np
import pytest
from overlapping import X, Y, table
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from poise.core.errors import InputError
from poise.over_sampling import (
    SVMSMOTE,
)


@pytest.mark.parametrize("n_columns", [5, 20])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_svm_smote_equals_imbalanced_learn(n_classes: int, n_columns: int) -> None:
    values, labels = table(n_classes, n_columns)
    ours = SVMSMOTE(random_state=5).fit_resample(values, labels)[0]
    state = np.random.RandomState(5)
    theirs = imblearn.over_sampling.SVMSMOTE(random_state=state).fit_resample(values, labels)[0]
    np.testing.assert_allclose(np.sort(ours, axis=0), np.sort(theirs, axis=0), rtol=1e-7)


def test_without_vectors_in_danger_all_rows_start_from_safe_ones() -> None:
    far = np.concatenate([X[Y == 0], X[Y == 1] + 30])
    labels = np.repeat([0, 1], np.bincount(Y))
    sampler = SVMSMOTE(random_state=0)
    y_new = sampler.fit_resample(far, labels)[1]
    assert len(set(np.bincount(y_new))) == 1
    gaps = sampler.plan_.lineage().gap[len(labels) :]
    assert ((gaps <= 0) & (gaps >= -0.5)).all()  # from safe vectors alone, outward


def test_class_weights_are_by_the_users_labels() -> None:
    names = np.array(["no", "yes"])[(Y == 1).astype(int)]
    by_name = SVMSMOTE(svm_estimator=SVC(class_weight={"no": 1, "yes": 5}), random_state=0)
    by_code = SVMSMOTE(svm_estimator=SVC(class_weight={0: 1, 1: 5}), random_state=0)
    X_named, _ = by_name.fit_resample(X, names)
    X_coded, _ = by_code.fit_resample(X, (names == "yes").astype(int))
    np.testing.assert_array_equal(X_named, X_coded)


def test_an_estimator_without_support_vectors_is_found_when_it_is_fitted() -> None:
    X, y = np.random.RandomState(0).randn(60, 2), [0] * 40 + [1] * 20
    for kind in (TypeError, RuntimeError):
        with pytest.raises(kind, match="has no support_ after fitting"):
            SVMSMOTE(svm_estimator=LogisticRegression()).fit(X, y)


@pytest.mark.parametrize("n_rows", [5_000, 20_000])  # in a thread, and in a process of its own
def test_an_interrupt_is_heard_while_the_machine_is_fitted(n_rows: int) -> None:
    code = f"""
import os, signal, threading
import numpy as np
from poise import SVMSMOTE
R = np.random.RandomState(0)
X, y = R.randn({n_rows}, 20), np.repeat([0, 1], [{n_rows} - 1_000, 1_000])
threading.Timer(0.4, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
try:
    SVMSMOTE(random_state=0).fit_resample(X, y)
except KeyboardInterrupt:
    print("heard")
"""
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert (found.stdout, found.returncode, found.stderr) == ("heard\n", 0, "")


def test_the_machine_of_a_large_table_is_that_of_a_small_one(monkeypatch) -> None:
    X, y = np.random.RandomState(0).randn(120, 3), [0] * 80 + [1] * 40
    here = SVMSMOTE(random_state=0).fit(X, y)
    monkeypatch.setattr("poise.over_sampling._svm_smote._ROWS_IN_PROCESS", 100)
    apart = SVMSMOTE(random_state=0).fit(X, y)
    assert (here.svm_estimator_.dual_coef_ == apart.svm_estimator_.dual_coef_).all()
    assert (here.plan_.apply(X) == apart.plan_.apply(X)).all()


def test_columns_that_the_machine_cannot_fit_are_an_error_with_a_way_out() -> None:
    with pytest.raises(InputError, match=r"cannot fit its support vector machine: .* Scale the"):
        SVMSMOTE(random_state=0).fit_resample(X + 1e15, Y)
