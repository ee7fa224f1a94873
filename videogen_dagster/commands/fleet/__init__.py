"""Commands of operators of several machines."""
