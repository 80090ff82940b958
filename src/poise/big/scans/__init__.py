"""Scans: functions from record batches to record batches that every engine can run."""
