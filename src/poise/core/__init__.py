"""The code that all samplers share: read a table, search neighbours, make a plan, apply it.

Each folder imports only from the folders listed below it::

    sampling     the base classes of samplers; counts, draws, editing
    neighbors    the k nearest other rows
    tables       the user's table and labels, converted to columns of numbers and back
    plan         which rows are kept and how new rows are made
    errors, threads, files
"""
