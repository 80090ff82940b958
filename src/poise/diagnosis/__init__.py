"""Diagnosis: what a table is like before it is resampled, and what resampling did to it."""
