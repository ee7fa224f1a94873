"""The command `videogen desk`."""
