"""The review desk on a large store."""
