"""A briefing from its releases to its files: its folder, its revisions, and the steps that make it."""
