"""Storage: sources that are read, and folders that results are written to."""
