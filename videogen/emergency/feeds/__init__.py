"""Feeds polled by URL."""
