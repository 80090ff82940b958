"""Diagnosis: checks of a table before resampling, and of the rows that a sampler makes."""

from poise.diagnosis._diagnose import CHECKS, diagnose
from poise.diagnosis._finding import Finding
from poise.diagnosis._resampled import diagnose_resampled
from poise.diagnosis._result import Diagnosis

__all__ = ["CHECKS", "Diagnosis", "Finding", "diagnose", "diagnose_resampled"]
