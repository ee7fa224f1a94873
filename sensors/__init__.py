"""Dagster sensors: what starts runs automatically."""
