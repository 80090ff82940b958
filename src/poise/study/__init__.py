"""What comparison and diagnosis share: a table with an event, estimators for it, and statistics."""
