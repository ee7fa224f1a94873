"""The groups of settings: every field with its default, unit and meaning."""
