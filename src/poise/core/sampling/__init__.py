"""What a sampler is given and what it returns: the problem, counts, draws, and the base classes."""
