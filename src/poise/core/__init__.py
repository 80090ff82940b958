"""What every method stands on: plans, tables, labels, counts, neighbours, the driver."""
