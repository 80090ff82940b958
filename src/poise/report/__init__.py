"""Plots and HTML pages from plain arrays and dictionaries; it does not import the result classes."""
