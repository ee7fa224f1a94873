"""Variations of finished videos."""
