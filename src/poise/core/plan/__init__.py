"""Which rows are kept and how new rows are made: arrays only, whatever holds the table."""
