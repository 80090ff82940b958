"""Scans: functions from record batches to record batches, the same on every engine."""
