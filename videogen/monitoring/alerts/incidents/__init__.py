"""Incident reports: what happened around an alert, as Markdown and HTML."""
