"""Verdict, suggestions, and the report as data and as a page."""
