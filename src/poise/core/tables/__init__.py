"""The one door between the user's tables and columns of numbers."""
