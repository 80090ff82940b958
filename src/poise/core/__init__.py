"""What every method stands on: a sampler turns a table into a plan of rows that are near each other.

From top to bottom, each folder imports only what is below it::

    sampling     the base classes of samplers; counts, draws, editing
    neighbors    the k nearest other rows
    tables       the user's table and labels as columns of numbers, and back
    plan         rows that are kept and rows that are made
    errors, threads, files
"""
