"""Engines: where the rows are, and how a scan is run over them."""
