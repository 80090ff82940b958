"""Samplers: the scans that each one needs, and the in-memory plan on the rows that they find."""
