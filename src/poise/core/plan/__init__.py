"""Plans: which rows are kept and how new rows are made, as arrays of row numbers."""
