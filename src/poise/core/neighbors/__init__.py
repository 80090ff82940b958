"""The k nearest other rows: distances, exact search, and what follows from neighbours."""
