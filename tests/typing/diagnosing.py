"""A table is checked before it is resampled, and a split for leaks."""

from typing import Any, Literal, assert_type

import pandas as pd
from sklearn.datasets import make_classification

import poise
from poise.diagnosis import Diagnosis, Finding
from poise.forensics import SplitCheck, SyntheticRows
from poise.typing import ColumnKind

data: Any = make_classification(300, n_features=4, weights=[0.85], random_state=0)
X = pd.DataFrame(data[0], columns=list("abcd"))
y = pd.Series(data[1])

kinds = poise.infer_column_kinds(X)
assert_type(kinds, dict[Any, ColumnKind])
found = poise.diagnose(X, y, column_kinds=kinds, mute=["class-overlap"], n_jobs=1)
assert_type(found, Diagnosis)
assert_type(found.summary(), str)
for finding in found:
    assert_type(finding, Finding)
    assert_type(finding.status, Literal["issue", "tip", "passed", "not applicable"])
    assert_type(finding.severity, Literal["note", "warning", "error", ""])
assert_type(found.at_least("warning"), list[Finding])

rows = poise.forensics.find_synthetic(X, y)
assert_type(rows, SyntheticRows)
assert_type(rows.verdict, Literal["interpolated", "copied", "clean", "cannot tell"])
assert_type(rows.power, dict[Any, float])
assert_type(rows.advice, str)
split = poise.forensics.check_split(X[:200], y[:200], X[200:], y[200:])
assert_type(split, SplitCheck)
assert_type(split.verdict, Literal["leak", "clean", "cannot tell"])
assert_type(split.is_leak, bool)
