"""The k nearest other rows: distances, exact search, Tomek links, equal rows."""
