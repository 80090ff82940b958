"""Tables of several classes: every class is checked against the rest, and its confusions are shown."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from poise import diagnose
from poise.core.errors import InputError
from poise.diagnosis import Diagnosis
from poise.diagnosis._classes import ExaminedClasses, joined_findings
from poise.diagnosis._geometry import CLASS_OVERLAP
from poise.study.event_table import read_event_table
from poise.study.minority_kinds import KINDS

COUNTS = {"big": 300, "near": 80, "far": 40, "few": 12, "tiny": 3}


def table() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.RandomState(0)
    y = np.repeat(list(COUNTS), list(COUNTS.values()))
    X = pd.DataFrame(rng.normal(size=(len(y), 3)), columns=list("abc"))
    X.loc[y == "near", "a"] += 1
    X.loc[y == "far", "b"] += 9
    return X, y


@pytest.fixture(scope="module")
def found() -> Diagnosis:
    return diagnose(*table())


def test_each_class_has_a_row(found: Diagnosis) -> None:
    frame = found.class_frame("pandas").set_index("class")
    assert frame["rows"].to_dict() == COUNTS
    assert frame["auc"].isna().to_dict() == {name: name == "tiny" for name in COUNTS}
    assert frame.loc["far", "auc"] > 0.99
    assert frame.loc["near", "confused_with"] == "big"
    kinds = frame.drop("tiny")[["safe", "borderline", "rare", "outlier"]].sum(axis=1)
    assert kinds.to_dict() == {name: n for name, n in COUNTS.items() if name != "tiny"}
    assert frame.loc["far", "advice"].startswith("Nothing")
    assert "tell it from big" in frame.loc["near", "advice"]
    assert "fewer than 10" in frame.loc["tiny", "advice"]


def test_the_auc_is_that_of_held_out_probabilities() -> None:
    X, y = table()
    classes = ExaminedClasses(read_event_table(X, y, or_several=True))
    proba = classes.scores[classes.better]
    code = classes.rows.several.index("near")
    own = y[classes.learnt] == "near"
    expected = roc_auc_score(own, proba[:, classes.scored.index(code)])
    assert classes.auc_of(code)[0] == pytest.approx(expected)
    np.testing.assert_allclose(classes.confusion.sum(axis=1), 1)


def test_findings_name_the_classes_that_they_are_about(found: Diagnosis) -> None:
    overlap, few = found["class-overlap"], found["too-few-rows"]
    assert set(overlap.evidence["classes"]) == {"big", "near", "far"}
    assert few.status == "issue"
    assert "In 1 of 5 classes. Class tiny: 3 rows of the class" in few.message
    assert few.advice.startswith("For class tiny: ")
    assert found["class-weights"].status == "not applicable"
    assert "pos_label" in found["enough-rows"].message


def test_it_is_said_that_there_are_several_classes_and_which_is_the_rarest(
    found: Diagnosis,
) -> None:
    lines = found.summary().splitlines()
    assert lines[0] == (
        "5 classes; each is checked against the rest. The rarest is tiny: 3 of 435 rows."
    )
    assert lines[1].split() == [
        "class",
        "rows",
        "AUC",
        "against",
        "the",
        "rest",
        "confused",
        "with",
    ]
    page = found.to_html()
    for text in (
        "5 classes among 435 rows",
        "Decisions by class",
        "confused with",
        "Do first",
        "Rows of tiny by kind",
    ):
        assert text in page
    assert json.loads(found.to_json())["classes"][0]["class"] == "big"
    assert found.confusion["left_out"] == ["tiny"]


def test_one_class_is_checked_alone_by_its_label() -> None:
    X, y = table()
    one = diagnose(X, y, pos_label="near", mute=["class-weights"])
    assert one.facts["event"] == "near"
    assert one.facts["n_events"] == 80
    assert not one.classes
    with pytest.raises(InputError, match="two classes"):
        one.class_frame()


def test_findings_of_classes_are_joined_by_the_most_serious() -> None:
    of_class = {
        "a": CLASS_OVERLAP.passed("fine."),
        **{name: CLASS_OVERLAP.issue(f"bad {name}.", "Do.", n=1) for name in "bcde"},
    }
    found = joined_findings(CLASS_OVERLAP, of_class)
    assert found.status == "issue"
    assert (
        found.message
        == "In 4 of 5 classes. Class b: bad b. Class c: bad c. Class d: bad d. (1 more class alike.)"
    )
    assert found.advice == "For classes b, c, d and 1 more: Do."
    different = {name: CLASS_OVERLAP.issue("bad.", f"Do {name}.") for name in "ab"}
    found = joined_findings(CLASS_OVERLAP, different)
    assert (found.message, found.advice) == ("bad.", "For class a: Do a. For class b: Do b.")
    found = joined_findings(CLASS_OVERLAP, of_class)
    assert list(found.evidence["classes"]) == list("abcde")
    nothing = joined_findings(CLASS_OVERLAP, {"a": CLASS_OVERLAP.not_applicable("few.")})
    assert nothing.status == "not applicable"


def test_a_table_in_which_every_class_is_tiny_is_described() -> None:
    X, y = table()
    some = np.flatnonzero(np.isin(y, ["tiny"]))
    labels = np.array(["p", "q", "r"])
    found = diagnose(X.iloc[some], labels)
    assert found.confusion is None
    assert [one["auc"] for one in found.classes] == [None] * 3


def test_rows_have_the_kind_within_their_own_class(found: Diagnosis) -> None:
    _, y = table()
    rows = found.rows("pandas")
    assert list(rows.columns) == [
        "row",
        "class",
        "kind",
        "neighbors_of_class",
        "is_contradictory",
        "is_repeated",
    ]
    assert (rows["class"] == y).all()
    for one in found.classes:
        kinds = rows["kind"][rows["class"] == one["class"]].value_counts()
        assert kinds.to_dict() == {name: one[name] for name in KINDS if one[name]}
    of_one = diagnose(*table(), pos_label="near", mute=["class-weights"]).row_columns
    near = of_one["is_event"]
    assert (rows["neighbors_of_class"][near] == of_one["neighbors_of_event"][near]).all()
    assert repr(found).startswith("<Diagnosis: 5 classes, ")


def test_muting_a_check_changes_no_other() -> None:
    X, y = table()
    named = X.assign(name=[f"row {i}" for i in range(len(X))])
    for mute in ([], ["identifier-column"]):
        muted = diagnose(named, y, mute=[*mute, "class-overlap"])
        assert muted["repeated-rows"].status == "not applicable"
