"""Briefings: a press release in, a finished video of 30 to 120 seconds out, in several languages and formats."""
