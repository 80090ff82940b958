"""Draws and renders plain arrays and dictionaries; knows no result class of the library."""
