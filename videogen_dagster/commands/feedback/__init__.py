"""Commands of the feedback loop and its experiments."""
