"""Metrics: the catalogue, their values in this process, their history, and questions to it."""
