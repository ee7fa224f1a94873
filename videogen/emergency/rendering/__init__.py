"""Pages to frames."""
