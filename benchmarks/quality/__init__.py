"""Which limits tell good videos from bad ones, and how long the assessment takes."""
