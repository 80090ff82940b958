"""Forensic checks: find tables that were over-sampled already, and splits that leak because of it."""

from poise.diagnosis._folds import FoldsCheck, check_folds
from poise.diagnosis._forensics import (
    LeakError,
    SplitCheck,
    SyntheticRows,
    assert_no_leak,
    check_split,
    find_synthetic,
)

__all__ = [
    "FoldsCheck",
    "LeakError",
    "SplitCheck",
    "SyntheticRows",
    "assert_no_leak",
    "check_folds",
    "check_split",
    "find_synthetic",
]
