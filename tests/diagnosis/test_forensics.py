"""Forensic checks: synthetic rows and leaks are found, real tables pass, and doubts have a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from scipy.stats import rankdata
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import poise
from poise.core.errors import CannotTellWarning, InputError, UnsupportedTypeError
from poise.datasets import load_abalone, load_german
from poise.diagnosis._forensics import LeakError, assert_no_leak, check_split, find_synthetic

X, Y = make_classification(800, n_features=8, weights=[0.9], random_state=0)
RATES = Path(__file__).parents[2] / "benchmarks" / "results" / "forensics_rates.json"
SAMPLERS = [poise.SMOTE, poise.BorderlineSMOTE, poise.ADASYN]


def as_made(X: Any) -> Any:
    return X


def standardised(X: Any) -> Any:
    return StandardScaler().fit_transform(X)


def rounded(X: Any) -> Any:
    return X.round(4)


@pytest.mark.parametrize("state", [as_made, standardised, rounded, np.float32])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_synthetic_rows_are_found_with_their_parents(sampler: Any, state: Any) -> None:
    fitted = sampler(random_state=0)
    X_new, y_new = fitted.fit_resample(X, Y)
    found = find_synthetic(state(X_new), y_new)
    is_new = fitted.plan_.is_new
    assert found.verdict == "interpolated"
    assert found.is_synthetic[is_new].mean() >= 0.8
    assert not found.is_synthetic[~is_new].any()
    rows = found.rows
    on_line = X_new[rows["first"]] + rows["gap"][:, None] * (
        X_new[rows["second"]] - X_new[rows["first"]]
    )
    np.testing.assert_allclose(on_line, X_new[rows["row"]], atol=2e-3)


def test_untouched_tables_are_not_flagged() -> None:
    assert find_synthetic(X, Y).verdict == "clean"
    for data in (load_abalone(), load_german()):
        table = data.frame("pandas")
        y = table.pop(data.target)
        assert find_synthetic(table, y).verdict in ("clean", "cannot tell")


def test_copies_are_found_with_the_row_that_they_repeat() -> None:
    sampler = poise.RandomOverSampler(random_state=0)
    X_new, y_new = sampler.fit_resample(X, Y)
    found = find_synthetic(X_new, y_new)
    assert found.verdict == "copied"
    assert found.is_synthetic.tolist() == sampler.plan_.is_new.tolist()
    assert (X_new[found.rows["first"]] == X_new[found.rows["row"]]).all()
    assert set(found.rows["how"]) == {"copy"}


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (X[:, :2], "2 independent numeric columns"),
        (np.random.RandomState(0).randint(6, size=(800, 4)), "too coarse"),
        (
            pd.DataFrame({"a": list("xyzw") * 200, "b": list("pq") * 400}),
            "0 independent numeric columns",
        ),
        (
            np.column_stack([X[:, 0], 2 * X[:, 0], X[:, 1], X[:, 0] - X[:, 1]]),
            "2 independent numeric columns",
        ),
    ],
    ids=["two columns", "whole numbers", "categories", "sums of two"],
)
def test_a_verdict_of_cannot_tell_has_a_reason(table: Any, why: str) -> None:
    found = find_synthetic(table, Y)
    assert found.verdict == "cannot tell"
    assert any(why in reason for reason in found.reasons)


def test_natural_repeats_are_not_copies() -> None:
    few = np.random.RandomState(0).randint(2, size=(800, 3)).astype(float)
    found = find_synthetic(few, Y)
    assert found.verdict == "cannot tell"
    assert any("by nature" in reason for reason in found.reasons)


def test_columns_computed_from_each_other_are_not_lines() -> None:
    # Lengths whose area, ink and darkness are the same number, as in scanned pages.
    rng = np.random.RandomState(0)
    length = rng.randint(1, 90, size=(800, 1)).astype(float)
    table = np.hstack(
        [length, length, length + rng.randint(2, size=(800, 1)), 1 / length, X[:, :1] > 0]
    )
    assert find_synthetic(table, Y).verdict != "interpolated"


@pytest.mark.parametrize("d", [3, 10, 30])
@pytest.mark.parametrize("ratio", [0.3, 1.0])
def test_splits_after_smote_are_leaks_and_honest_splits_pass(d: int, ratio: float) -> None:
    points, y = make_classification(
        700, n_features=d, n_informative=3, n_redundant=0, weights=[0.9], random_state=1
    )
    split: dict[str, Any] = {"test_size": 0.3, "random_state": 0}
    made = poise.SMOTE(sampling_strategy=ratio, random_state=0).fit_resample(points, y)
    X_train, X_test, y_train, y_test = train_test_split(*made, stratify=made[1], **split)
    leak = check_split(X_train, y_train, X_test, y_test)
    assert leak.is_leak
    assert set(leak.rows["class"].tolist()) == {1}
    X_train, X_test, y_train, y_test = train_test_split(points, y, stratify=y, **split)
    resampled = poise.SMOTE(random_state=0).fit_resample(X_train, y_train)
    assert check_split(*resampled, X_test, y_test).verdict == "clean"


TWINS = [(share, where) for share in (0.1, 0.3, 0.5) for where in ("both", "event", "others")]


@pytest.mark.parametrize(("share", "where"), TWINS)
@pytest.mark.parametrize("event", [0, 1])
def test_honest_splits_of_rows_that_repeat_by_nature_are_no_leak(
    share: float, where: str, event: int
) -> None:
    rng = np.random.RandomState(event)
    points, is_event = rng.normal(size=(900, 6)), np.arange(900) < 90
    allowed = {"both": is_event | ~is_event, "event": is_event, "others": ~is_event}[where]
    twin = np.flatnonzero((rng.uniform(size=900) < share) & allowed)
    points[twin] = points[[rng.choice(np.flatnonzero(is_event == one)) for one in is_event[twin]]]
    y = np.where(is_event, event, 1 - event)
    X_train, X_test, y_train, y_test = train_test_split(points, y, random_state=0, stratify=y)
    assert not check_split(X_train, y_train, X_test, y_test).is_leak
    for name in ("smote", "random-over", "borderline-smote", "adasyn", "smote-tomek"):
        grown = poise.resample(X_train, y_train, method=name, random_state=0)
        assert not check_split(grown.X, grown.y, X_test, y_test).is_leak, name


@pytest.mark.parametrize("n_changed", [1, 2])
@pytest.mark.parametrize("change", [np.exp, rankdata], ids=["exponential", "ranks"])
def test_columns_changed_afterwards_hide_no_synthetic_rows(change: Any, n_changed: int) -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    for j in range(n_changed):
        made[:, j] = change(made[:, j])
    found = find_synthetic(made, y)
    assert found.verdict == "interpolated"
    assert ("column 0" in found.reasons[0]) == (change is np.exp)  # ranks hardly bend a line
    assert found.is_synthetic[800:].mean() > 0.8
    parts = train_test_split(made, y, random_state=0, stratify=y)
    assert check_split(parts[0], parts[2], parts[1], parts[3]).is_leak


def test_whole_numbers_rounded_by_the_sampler_are_found() -> None:
    whole = np.rint(20 * X).astype(int)
    made, y = poise.SMOTE(random_state=0).fit_resample(whole, Y)
    assert made.dtype == int
    assert find_synthetic(made, y).verdict == "interpolated"
    assert find_synthetic(whole, Y).verdict == "clean"


def test_a_shuffled_table_of_copies_names_pairs_and_keeps_one_row_of_each() -> None:
    made, y = poise.RandomOverSampler(random_state=0).fit_resample(X, Y)
    order = np.random.RandomState(0).permutation(len(y))
    found = find_synthetic(made[order], y[order])
    assert found.verdict == "copied"
    assert set(found.rows["how"]) == {"pair"}
    kept = made[order][~found.is_synthetic]
    assert len(np.unique(kept, axis=0)) == len(kept) == 800


def test_tables_that_cannot_be_judged_say_why() -> None:
    constant = np.ones((200, 4))
    for verdict in (
        find_synthetic(constant, Y[:200]),
        check_split(constant[:100], Y[:100], constant[100:], Y[100:200]),
        find_synthetic(X[Y == 0], Y[Y == 0]),
        check_split(X[::2], Y[::2] * 0, X[1::2], Y[1::2] * 0),
    ):
        assert verdict.verdict == "cannot tell"
    assert verdict.reasons[0].startswith("All rows are of class 0: what nature does is seen in")
    with pytest.raises(InputError, match="X_train has no rows"):
        check_split(X[:0], Y[:0], X, Y)
    with pytest.raises(UnsupportedTypeError, match="X_train is a masked array"):
        check_split(np.ma.masked_greater(X, 1), Y, X, Y)
    with pytest.raises(UnsupportedTypeError, match="X_test is a dict, which is not a table"):
        check_split(X, Y, {}, Y)


def test_a_class_with_one_distinct_training_row_is_no_crash() -> None:
    points, y = np.random.RandomState(0).normal(size=(160, 5)), np.repeat([0, 1], [100, 60])
    points[100:140] = points[100]
    train = np.r_[0:70, 100:140]
    test = np.r_[70:100, 140:160]
    found = check_split(points[train], y[train], points[test], y[test])
    assert found.verdict == "cannot tell"


@pytest.mark.parametrize("method", ["smote", "random-over"])
def test_small_tables_that_were_over_sampled_are_not_clean(method: str) -> None:
    rng = np.random.RandomState(0)
    made = poise.resample(
        rng.normal(size=(33, 5)), np.repeat([0, 1], [25, 8]), method=method, random_state=0
    )
    order = rng.permutation(50)
    train, test = order[:25], order[25:]
    found = check_split(made.X[train], made.y[train], made.X[test], made.y[test])
    assert found.verdict != "clean"


def test_the_summary_names_the_rows_how_sure_it_is_and_what_to_do() -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    X_train, X_test, y_train, y_test = train_test_split(made, y, random_state=0)
    found = check_split(X_train, y_train, X_test, y_test)
    lines = found.summary().splitlines()
    first = np.unique(found.rows["row"])[:5]
    assert lines[-3].startswith(f"Rows: {', '.join(map(str, first))} and ")
    assert lines[-2].startswith(
        "Certainty: of honest tables and splits in the benchmark, at most 1 in 100"
    )
    assert lines[-1].startswith("To do: Split first, and resample only the training part")
    clean = find_synthetic(X, Y).summary().splitlines()
    assert clean[-1].startswith("Certainty: rows that were changed in more columns, rounded to the")


def test_copies_made_before_the_split_are_leaks_and_later_ones_are_not() -> None:
    made = poise.RandomOverSampler(random_state=0).fit_resample(X, Y)
    X_train, X_test, y_train, y_test = train_test_split(*made, random_state=0)
    found = check_split(X_train, y_train, X_test, y_test)
    assert found.is_leak
    rows = found.rows
    assert set(rows["how"]) == {"pair"}
    assert (X_test[rows["row"]] == X_train[rows["first"]]).all()
    X_train, X_test, y_train, y_test = train_test_split(X, Y, random_state=0)
    copied = poise.RandomOverSampler(random_state=0).fit_resample(X_train, y_train)
    assert not check_split(*copied, X_test, y_test).is_leak


def test_rows_in_both_parts_are_a_leak_of_any_class() -> None:
    assert check_split(X[:600], Y[:600], X[500:], Y[500:]).is_leak


def test_natural_repeats_are_not_a_leak() -> None:
    rng = np.random.RandomState(0)
    few = rng.randint(3, size=(900, 5)).astype(float)
    y = (np.arange(900) % 9 == 0).astype(int)
    found = check_split(few[:600], y[:600], few[600:], y[600:])
    assert found.verdict == "cannot tell"
    assert any("by nature" in reason for reason in found.reasons)


def test_a_line_in_time_is_not_a_leak() -> None:
    t = np.arange(900.0)
    table = np.column_stack([t, 3 * t + 1, 7 - t, np.sin(t), X[:1].repeat(900, 0)[:, 0]])
    y = (np.arange(900) % 9 == 0).astype(int)
    assert not check_split(table[::2], y[::2], table[1::2], y[1::2]).is_leak


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, np.asarray, np.ndarray.tolist])
def test_columns_are_matched_by_name_in_every_container(kind: Any) -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    order = np.random.RandomState(0).permutation(len(y))
    train, test = order[:900], order[900:]
    frame = pd.DataFrame(made, columns=list("abcdefgh")).assign(town="hill")
    parts = [made[train], made[test]]
    if kind in (pd.DataFrame, pl.DataFrame):
        reversed_columns = frame.iloc[test][frame.columns[::-1]]
        parts = [kind(frame.iloc[train].to_dict("list")), kind(reversed_columns.to_dict("list"))]
    else:
        parts = [kind(part) for part in parts]
    assert check_split(parts[0], y[train], parts[1], y[test]).is_leak


def test_the_assertion_says_what_to_do() -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    X_train, X_test, y_train, y_test = train_test_split(made, y, random_state=0)
    with pytest.raises(LeakError, match=r"on a line with two training rows.*Split first"):
        assert_no_leak(X_train, y_train, X_test, y_test)
    assert issubclass(LeakError, AssertionError)
    with pytest.warns(CannotTellWarning, match="Cannot tell whether the split leaks"):
        assert_no_leak(X_train[:, :2], y_train, X_test[:, :2], y_test)
    X_train, X_test, y_train, y_test = train_test_split(X, Y, random_state=0)
    assert_no_leak(X_train, y_train, X_test, y_test)


def test_invalid_tables_and_labels_raise_an_error() -> None:
    with pytest.raises(UnsupportedTypeError, match="sparse"):
        find_synthetic(sp.csr_array(X), Y)
    with pytest.raises(InputError, match="infinite"):
        find_synthetic(np.where(X > 2, np.inf, X), Y)
    with pytest.raises(InputError, match=r"X_train has 8 columns and X_test has 3"):
        check_split(X, Y, X[:, :3], Y)
    with pytest.raises(InputError, match=r"different columns: 'b', 'c' are in one of them only"):
        check_split(
            pd.DataFrame({"a": [1.0], "b": [1.0]}), [0], pd.DataFrame({"a": [1.0], "c": [1.0]}), [0]
        )
    with pytest.raises(UnsupportedTypeError, match="Pass two frames"):
        check_split(pd.DataFrame(X), Y, X, Y)
    with pytest.raises(InputError, match="y_test"):
        check_split(X, Y, X, Y[:5])


@pytest.mark.parametrize("digits", [5, 8])
def test_values_written_with_few_digits_are_found_too(digits: int) -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    written = np.array([[float(f"{value:.{digits}g}") for value in row] for row in made])
    assert find_synthetic(written, y).verdict == "interpolated"


def test_a_row_number_does_not_hide_what_was_made() -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    assert find_synthetic(np.column_stack([np.arange(len(y)), made]), y).verdict == "interpolated"


def test_lines_of_the_largest_class_are_natural() -> None:
    # Sensors read every fifth minute and filled in between: nine tenths are the largest class.
    rng = np.random.RandomState(1)
    read = pd.DataFrame(rng.normal(size=(200, 5)), index=range(0, 1000, 5))
    filled = read.reindex(range(1000)).interpolate().to_numpy()
    y = (np.arange(1000) % 10 == 0).astype(int)
    assert find_synthetic(filled, y).verdict == "cannot tell"
    parts = train_test_split(filled, y, random_state=0, stratify=y)
    assert check_split(parts[0], parts[2], parts[1], parts[3]).verdict == "cannot tell"


def test_blank_forms_and_natural_tenfold_rows_are_not_copies() -> None:
    rng = np.random.RandomState(0)
    forms, y = rng.normal(size=(1000, 5)), (np.arange(1000) < 100).astype(int)
    forms[:60] = 0.0
    assert find_synthetic(forms, y).verdict != "copied"
    parts = train_test_split(forms, y, random_state=0, stratify=y)
    assert not check_split(parts[0], parts[2], parts[1], parts[3]).is_leak
    tenfold = np.vstack(
        [rng.normal(size=(100, 5)), np.repeat(rng.normal(size=(90, 5)), 10, axis=0)]
    )
    assert find_synthetic(tenfold, y).verdict != "copied"


def test_frames_with_numbers_for_names_and_one_hot_labels() -> None:
    made, y = poise.SMOTE(random_state=0).fit_resample(X, Y)
    order = np.random.RandomState(0).permutation(len(y))
    train, test = order[:900], order[900:]
    frame, one_hot = pd.DataFrame(made), np.eye(2)[y]
    found = check_split(frame.iloc[train], one_hot[train], frame.iloc[test], one_hot[test])
    assert found.is_leak


def test_parts_that_do_not_match_raise_an_error() -> None:
    frame = pd.DataFrame(X, columns=list("abcdefgh"))
    with pytest.raises(InputError, match="numbers in one of them only: 'a'"):
        check_split(frame, Y, frame.astype({"a": str}), Y)
    with pytest.raises(UnsupportedTypeError, match="frames of other libraries"):
        check_split(frame, Y, pl.from_pandas(frame), Y)
    with pytest.raises(InputError, match="X_test has no rows"):
        check_split(X, Y, X[:0], Y[:0])
    with pytest.raises(InputError, match="y_test: y has 1 missing label"):
        check_split(X, Y, X[:3], [0.0, 1.0, np.nan])
    with pytest.raises(InputError, match="values as large as 1e\\+200"):
        find_synthetic(np.where(X > 2, 1e200, X), Y)


def test_a_table_too_small_to_examine_is_not_clean() -> None:
    found = find_synthetic(np.arange(12.0).reshape(4, 3), [0, 0, 1, 1])
    assert found.verdict == "cannot tell"
    assert "too few" in found.reasons[0]


def test_coarse_data_give_no_warnings_of_arithmetic() -> None:
    rng = np.random.RandomState(0)
    counts, y = rng.poisson(3, size=(300, 5)), np.arange(300) < 60
    assert check_split(counts[::2], y[::2], counts[1::2], y[1::2]).verdict in (
        "cannot tell",
        "clean",
    )


@pytest.mark.parametrize("table", [np.asarray, pd.DataFrame, pl.DataFrame, np.ndarray.tolist])
def test_the_order_of_scikit_learn_is_named(table: Any) -> None:
    column = {pd.DataFrame: pd.Series, pl.DataFrame: pl.Series}.get(table, table)
    X_train, X_test, y_train, y_test = train_test_split(X, Y, random_state=0)
    parts = table(X_train), table(X_test), column(y_train), column(y_test)
    for check in (check_split, assert_no_leak):
        with pytest.raises(InputError, match="the order is X_train, y_train, X_test, y_test"):
            check(*parts)
    with pytest.raises(InputError, match="y looks like the table"):
        find_synthetic(column(y_train), table(X_train))


@pytest.mark.parametrize("half", ["A", "B"])
def test_the_stored_rates_are_those_that_the_docstrings_state(half: str) -> None:
    rates = json.loads(RATES.read_text(encoding="utf-8"))["rates"]
    n_alarms, n, _ = rates[half]["false alarms"]
    assert n > 800
    assert n_alarms <= 0.01 * n
    for worst in ("table", "method"):
        assert rates[half][f"false alarms, worst {worst}"][1][2] <= 0.05
    assert set(rates[half]["untouched"]) <= {"clean", "cannot tell"}
    assert rates["twins"][0] <= 0.01 * rates["twins"][1]
    for function in (find_synthetic, check_split):
        assert "at most 1 in 100" in " ".join(function.__doc__.split())
