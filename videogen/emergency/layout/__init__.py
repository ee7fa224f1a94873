"""What stands on a page of a warning, where, and whether it can be read."""
