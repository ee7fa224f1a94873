"""How right the fact check is, and how fast."""
