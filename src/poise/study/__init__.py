"""Code shared by comparison and diagnosis: event tables, estimators for them, and statistics."""
