"""Sources that are read, and folders that are written."""
