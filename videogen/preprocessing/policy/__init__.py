"""The content policy: one normalisation before the rules, and the rules."""
