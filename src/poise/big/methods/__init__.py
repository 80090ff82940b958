"""What each sampler needs from the rows, as scans and as one in-memory problem."""
