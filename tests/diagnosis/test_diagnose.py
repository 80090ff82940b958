"""diagnose: one finding per check in every container, muting, order, and output as text and pages."""

from __future__ import annotations

import inspect
import json
import threading
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from sklearn.datasets import make_classification

from poise import diagnose
from poise.core.errors import InputError, PoiseError, UnknownNameError
from poise.core.progress import Progress
from poise.diagnosis import CHECKS, Diagnosis, Finding, _diagnose

mpl.use("Agg")

X, Y = make_classification(400, n_features=4, weights=[0.85], random_state=0)
TABLE = pd.DataFrame(X, columns=list("abcd")).assign(
    town=np.random.RandomState(0).choice(["hill", "vale"], 400),
    closed=np.where(Y == 1, "yes", "no"),
)
STABLE_NAMES = (
    "many-dimensions",
    "class-overlap",
    "tiny-clusters",
    "too-few-rows",
    "minority-kinds",
    "contradictory-rows",
    "repeated-rows",
    "unscaled-columns",
    "identifier-column",
    "leaking-column",
    "one-class-category",
    "enough-rows",
    "detectable-difference",
)


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    return diagnose(TABLE, Y)


def test_codes_and_names_of_checks_are_stable(found: Diagnosis) -> None:
    codes = {finding.code: finding.name for finding in found.findings}
    assert codes == {check.code: check.name for check, _ in CHECKS}
    assert set(STABLE_NAMES) <= set(codes.values())
    assert sorted(codes) == list(codes) == [f"P{i:02d}" for i in [1, 2, 3, 4, 5, *range(6, 23)]]


def test_every_check_has_a_test_file_of_its_own() -> None:
    files = {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    assert {f"test_{check.name.replace('-', '_')}" for check, _ in CHECKS} <= files


def test_every_finding_has_a_reason_and_every_issue_has_advice(found: Diagnosis) -> None:
    for finding in found.findings:
        assert finding.why
        assert finding.message
        assert bool(finding.advice) == (finding.status in ("issue", "tip"))
        assert bool(finding.severity) == bool(finding.advice)


def test_findings_are_equal_in_every_container_and_the_input_is_unchanged(found: Diagnosis) -> None:
    before = TABLE.copy()
    for other in (pl.from_pandas(TABLE), TABLE.set_index(np.arange(400) * 7)):
        again = diagnose(other, Y.tolist())
        assert [f.message for f in again.findings] == [f.message for f in found.findings]
    pd.testing.assert_frame_equal(TABLE, before)


def test_the_frame_and_the_summary_begin_with_the_most_serious_finding(found: Diagnosis) -> None:
    frame = found.frame("pandas")
    assert frame["name"][0] == "leaking-column"
    assert frame["severity"][0] == "warning"
    assert found.first[0].name == "leaking-column"
    assert len(found.first) <= 3
    assert found.summary().splitlines()[0] == "The event is 1."
    assert (
        found.summary()
        .splitlines()[1]
        .startswith("P10 leaking-column (warning): column 'closed' separates")
    )
    assert found.at_least("error") == []
    assert repr(found).startswith("<Diagnosis: event 1, leaking-column")
    assert found["P10"] is found["leaking-column"]


def test_muted_checks_do_not_run() -> None:
    names = [check.name for check, _ in CHECKS]
    few = diagnose(TABLE, Y, mute=[name for name in names if name != "enough-rows"])
    assert [finding.name for finding in few.findings] == ["enough-rows"]
    assert len(few.facts["muted"]) == len(names) - 1
    with pytest.raises(UnknownNameError, match="Did you mean 'enough-rows'"):
        diagnose(TABLE, Y, mute=["enogh-rows"])
    with pytest.raises(UnknownNameError, match="There is no finding 'leaking-column'"):
        few["leaking-column"]


def test_each_row_has_its_kind(found: Diagnosis) -> None:
    rows = found.rows("polars")
    assert rows.shape == (400, 6)
    assert ((rows["kind"] == "").to_numpy() == (Y == 0)).all()


def test_json_is_strict_and_the_page_is_self_contained(found: Diagnosis, tmp_path: Path) -> None:
    def fail_on(constant: str) -> Any:
        raise AssertionError(constant)

    whole = json.loads(found.to_json(tmp_path / "d.json"), parse_constant=fail_on)
    assert whole["facts"]["n_events"] == int((Y == 1).sum())
    page = found.to_html(tmp_path / "d.html")
    assert (tmp_path / "d.html").read_text() == page
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page
    assert "leaking-column" in found._repr_html_()
    axes = found.plot()
    assert axes.get_legend_handles_labels()[1][0] == "other rows"
    plt.close(axes.figure)


@pytest.mark.parametrize(
    "table",
    [
        np.ones((120, 3)),
        pd.DataFrame({"text": list("abcd") * 30}),
        np.c_[X[:120], np.full(120, np.nan)],
        X[:120] > 0,
        X[:120] + 1e17,
    ],
    ids=["constant", "text", "all missing", "flags", "far away"],
)
def test_unusual_tables_give_strict_json_and_a_page(table: Any) -> None:
    found = diagnose(table, np.arange(120) < 20, pos_label=True)
    assert "NaN" not in found.to_json()
    assert found.to_html()


def test_the_rarest_of_several_classes_is_the_event() -> None:
    labels = np.where(Y == 1, "event", np.where(np.arange(400) % 2, "a", "b"))
    several = diagnose(X, labels, mute=["class-overlap", "class-weights"])
    assert several.facts["event"] == "event"
    assert diagnose(X, labels, pos_label="a", mute=["P02", "P16"]).facts["event"] == "a"


def test_the_same_random_state_gives_the_same_findings(found: Diagnosis) -> None:
    again = diagnose(TABLE, Y, n_jobs=1)
    assert [f.evidence for f in again.findings] == [f.evidence for f in found.findings]


def test_numbers_whose_squares_vanish_are_refused_with_the_column() -> None:
    with pytest.raises(InputError, match="column 0 holds values that differ by .* Scale it"):
        diagnose(X[:120] * 1e-300, np.arange(120) < 20, pos_label=True)


@pytest.mark.parametrize("n_events", [1, 2, 5, 6, 10])
def test_tiny_classes_get_findings_not_tracebacks(n_events: int) -> None:
    y = np.arange(60) < n_events
    few = diagnose(X[:60], y, pos_label=True)
    assert few["too-few-rows"].status in ("issue", "tip")
    assert len(few.findings) == len(CHECKS)


def test_all_missing_constant_and_text_columns_get_findings_too() -> None:
    table = pd.DataFrame({"gone": np.full(80, np.nan), "one": 1.0, "text": list("abcd") * 20})
    odd = diagnose(table, np.arange(80) < 20)
    assert odd["near-constant-column"].status == "issue"
    with pytest.raises(InputError, match="two numeric columns that vary"):
        odd.plot()
    assert "<svg" not in odd.to_html()


def test_invalid_input_raises_an_error_with_the_way_out() -> None:
    with pytest.raises(InputError, match="needs to have more than 1 class"):
        diagnose(X, np.zeros(400))
    for random_seed in ("x", -1, 1 << 32):
        with pytest.raises(InputError, match="must be a whole number from 0 to"):
            diagnose(X, Y, random_state=random_seed)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="X is empty"):
        diagnose(np.empty((0, 3)), [])
    with pytest.raises(InputError, match="column 'a' holds infinite values"):
        diagnose(TABLE.assign(a=np.inf), Y)
    with pytest.raises(InputError, match="mute=5 must be a list"):
        diagnose(X, Y, mute=5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="severity='grave'"):
        diagnose(X, Y, mute=["P02", "P16"]).at_least("grave")


BAD = {
    "X": [None, "x", 5, np.zeros(400), np.zeros((0, 2))],
    "y": [None, "y", 5, np.zeros(3), np.full(400, np.nan), np.zeros(400), [{}] * 400],
    "target": ["t", 5, ["town"], np.zeros(400)],
    "pos_label": ["x", 5, [1], np.array([0, 1]), pd.Series([0, 1])],
    "column_kinds": ["a", 5, [1], {"a": 5}, {"z": "integer"}, {"a": "int"}],
    "mute": [5, None, ["x"], [None], "x"],
    "random_state": [None, "a", -1, 1.5, True, np.random.RandomState(0)],
    "n_jobs": [0, "a", 1.5, True, 1 << 70, [1], float("nan")],
    "progress": ["yes", 5],
}


def test_every_parameter_has_bad_values() -> None:
    assert set(BAD) == set(inspect.signature(diagnose).parameters)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_of_any_parameter_is_an_error_before_work_begins(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_diagnose, "Examined", None)  # every check begins with it
    usual = {"X": TABLE, "y": Y} | ({"y": None} if name == "target" else {})
    for bad in BAD[name]:
        with pytest.raises(PoiseError) as caught:
            diagnose(**usual | {name: bad})
        assert isinstance(caught.value, ValueError | TypeError)
        assert len(str(caught.value).split()) >= 8, bad


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.from_pandas])
def test_labels_may_be_a_column_of_the_table(found: Diagnosis, frame: Any) -> None:
    table = frame(TABLE.assign(label=Y))
    assert diagnose(table, target="label", n_jobs=np.int64(1)).to_json() == found.to_json()
    with pytest.raises(InputError, match="Pass the labels once"):
        diagnose(table, Y, target="label")


def test_a_swapped_table_and_its_labels_are_named() -> None:
    with pytest.raises(InputError, match="X like the labels .*: swapped?"):
        diagnose(Y, TABLE)


def test_an_identifier_makes_checks_of_equal_rows_void() -> None:
    table, y = pd.DataFrame({"a": np.ones(40)}), np.arange(40) < 10
    named = diagnose(table.assign(id=[f"c{i}" for i in range(40)]), y)
    for name in ("contradictory-rows", "repeated-rows"):
        assert diagnose(table, y)[name].status == "issue"
        assert named[name].status == "not applicable"
        assert named[name].message.startswith("column 'id' makes every row different, so no row")


def test_hostile_names_are_text_on_pages_and_in_pictures() -> None:
    names = ["<script>alert(1)</script>", "$\\foo$", "_{{ 7*7 }}", "a|b"]
    table = pd.DataFrame(X, columns=names).assign(
        **{"<b>": 1.0, "<i>": [f"c{i}" for i in range(400)]}
    )
    found = diagnose(
        table, np.where(Y == 1, "<script>alert(2)</script>", "$b$"), mute=["P02", "P16"]
    )
    for text in (found.to_html(), found._repr_html_()):
        assert "<script>alert" not in text
        assert "<b>'" not in text
        assert "column &#39;&lt;b&gt;&#39;" in text
    found.plot().figure.canvas.draw()
    plt.close("all")


def test_sparse_tables_get_the_checks_that_need_no_neighbours() -> None:
    rng = np.random.default_rng(0)
    words = sp.random_array((600, 80), density=0.1, format="lil", rng=rng)
    y = np.arange(600) < 90
    words[y, 7] = 1.0
    words[:, 9] = 0.0
    words[[300, 301]] = words[[302, 303]]
    found = diagnose(words.tocsr(), y, pos_label=True)
    dense = diagnose(words.toarray(), y, pos_label=True)
    for name in ("leaking-column", "near-constant-column", "repeated-rows", "too-few-rows"):
        assert found[name].status == dense[name].status, name
    assert list(found["leaking-column"].evidence["columns"]) == ["column 7"]
    assert found["repeated-rows"].evidence["n_rows"] == dense["repeated-rows"].evidence["n_rows"]
    assert found["class-overlap"].evidence["estimator"] == "logistic"
    assert found["tiny-clusters"].status == "not applicable"
    assert found.points is None
    assert found.to_html()
    several = diagnose(words.tocsr(), rng.choice(list("abc"), 600))
    assert several.class_frame("pandas")["safe"].isna().all()


def test_progress_is_reported_after_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr("poise.diagnosis._diagnose._SECONDS_OF_SILENCE", -1.0)
    diagnose(X, Y, progress=seen.append, mute=["class-overlap"])
    assert [done.stage for done in seen][:2] == [
        "checking many-dimensions",
        "checking tiny-clusters",
    ]
    assert seen[0].n_total == len(CHECKS) - 1


def test_a_check_that_takes_long_is_reported_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, done = [], threading.Event()

    def slow(_: object) -> Finding:
        assert done.wait(30)
        return CHECKS[0][0].passed("Slow.")

    def report(progress: Progress) -> None:
        seen.append(progress.stage)
        done.set()

    monkeypatch.setattr(_diagnose, "_SECONDS_OF_SILENCE", 0.05)
    monkeypatch.setattr(_diagnose, "CHECKS", ((CHECKS[0][0], slow),))
    diagnose(X, Y, progress=report)
    assert seen == ["checking many-dimensions"]


def test_sparse_columns_that_are_full_are_checked() -> None:
    rng = np.random.RandomState(0)
    y = np.arange(300) < 60
    counts = rng.poisson(0.2, (300, 8)).astype(float)
    counts[:, 2], counts[:, 5], counts[:, 7] = 1, np.where(y, 3, 1), 0
    found = diagnose(sp.csr_array(counts), y, mute=["class-overlap"])
    assert found["near-constant-column"].evidence["columns"] == {"column 2": 1.0, "column 7": 1.0}
    assert list(found["leaking-column"].evidence["columns"]) == ["column 5"]
